/* The least that a call into a shared object can cost: nothing is done in it. */

void empty_call(void *argument);

void empty_call(void *argument) { (void)argument; }
