/* The hand-written part of the glue: texts, callbacks and the loading of libevercred. Included once, by evercred_jni.c.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static JavaVM *vm;

/* Copies a text of Java; NULL for null, and with a pending OutOfMemoryError. Java has checked that it holds no NUL. */
static char *text_in(JNIEnv *env, jbyteArray bytes) {
    if (bytes == NULL) {
        return NULL;
    }
    const jsize length = (*env)->GetArrayLength(env, bytes);
    char *text = malloc((size_t)length + 1);
    if (text == NULL) {
        jclass error = (*env)->FindClass(env, "java/lang/OutOfMemoryError");
        if (error != NULL) {
            (*env)->ThrowNew(env, error, "no memory for a text");
        }
        return NULL;
    }
    (*env)->GetByteArrayRegion(env, bytes, 0, length, (jbyte *)text);
    text[length] = '\0';
    return text;
}

/* A text may be a secret. */
static void text_done(char *text) {
    if (text != NULL) {
        for (volatile char *at = text; *at != '\0'; ++at) {
            *at = '\0';
        }
        free(text);
    }
}

static jbyteArray bytes_out(JNIEnv *env, const char *text, size_t length) {
    if (length > INT32_MAX) {
        length = INT32_MAX;
    }
    jbyteArray bytes = (*env)->NewByteArray(env, (jsize)length);
    if (bytes != NULL) {
        (*env)->SetByteArrayRegion(env, bytes, 0, (jsize)length, (const jbyte *)text);
    }
    return bytes;
}

static void set_out(JNIEnv *env, jlongArray out, const void *handle) {
    const jlong value = (jlong)(intptr_t)handle;
    (*env)->SetLongArrayRegion(env, out, 0, 1, &value);
}

/* The environment of this thread. A thread of the library is a daemon of the JVM until `leave`: messages are rare, and
 * a JVM that ends waits a third of a second for threads that are in C. NULL when the JVM has ended. */
static JNIEnv *enter(bool *attached) {
    JNIEnv *env = NULL;
    *attached = false;
    if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_1_8) == JNI_OK) {
        return env;
    }
    JavaVMAttachArgs arguments = {JNI_VERSION_1_8, (char *)"evercred", NULL};
    if ((*vm)->AttachCurrentThreadAsDaemon(vm, (void **)&env, &arguments) != JNI_OK) {
        return NULL;
    }
    *attached = true;
    return env;
}

static void leave(bool attached) {
    if (attached) {
        (*vm)->DetachCurrentThread(vm);
    }
}

/* What a callback of Java throws was for its caller, not for the library. */
static void drop_exception(JNIEnv *env) {
    if ((*env)->ExceptionCheck(env)) {
        (*env)->ExceptionClear(env);
    }
}

/* A method's id is valid as long as its class, which an object that is registered keeps. */
static jmethodID log_method;
static jmethodID identity_method;

/* A reference to the object whose method is called; it is the `userdata` of a callback. NULL with a pending error. */
static jobject target_of(JNIEnv *env, jobject callback, const char *method, const char *signature, jmethodID *id) {
    jclass class = (*env)->GetObjectClass(env, callback);
    *id = (*env)->GetMethodID(env, class, method, signature);
    return *id == NULL ? NULL : (*env)->NewGlobalRef(env, callback);
}

static jobject log_target(JNIEnv *env, jobject callback) {
    return target_of(env, callback, "log", "(I[B)V", &log_method);
}

static jobject identity_target(JNIEnv *env, jobject callback) {
    return target_of(env, callback, "supply", "(J)V", &identity_method);
}

static void on_log(void *target, int32_t level, const char *message, size_t length) {
    bool attached;
    JNIEnv *env = enter(&attached);
    if (env == NULL) {
        return;
    }
    jbyteArray bytes = bytes_out(env, message, length);
    if (bytes != NULL) {
        (*env)->CallVoidMethod(env, target, log_method, (jint)level, bytes);
        drop_exception(env);
        (*env)->DeleteLocalRef(env, bytes);
    }
    drop_exception(env);
    leave(attached);
}

static void on_identity(void *target, evercred_identity *identity) {
    bool attached;
    JNIEnv *env = enter(&attached);
    if (env != NULL) {
        (*env)->CallVoidMethod(env, target, identity_method, (jlong)(intptr_t)identity);
        drop_exception(env);
        leave(attached);
    }
}

static void release_target(void *target) {
    bool attached;
    JNIEnv *env = enter(&attached);
    if (env != NULL) {
        (*env)->DeleteGlobalRef(env, target);
        leave(attached);
    }
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *java, void *reserved) {
    (void)reserved;
    vm = java;
    return JNI_VERSION_1_8;
}

/* Two loaders of classes that open the same file get the same library. It is never closed: it has threads. */
JNIEXPORT jbyteArray JNICALL Java_dev_evercred_Native_load(JNIEnv *env, jclass class, jbyteArray path) {
    (void)class;
    char *file = text_in(env, path);
    if (file == NULL) {
        return NULL;
    }
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    text_done(file);
    if (library == NULL) {
        const char *reason = dlerror();
        reason = reason == NULL ? "dlopen failed" : reason;
        return bytes_out(env, reason, strlen(reason));
    }
    char wrong[160];
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; ++i) {
        *functions[i].address = dlsym(library, functions[i].name);
        if (*functions[i].address == NULL) {
            snprintf(wrong, sizeof wrong, "it has no function %s: it is older than this jar", functions[i].name);
            return bytes_out(env, wrong, strlen(wrong));
        }
    }
    if (lib.evercred_abi_version() != EVERCRED_ABI_VERSION) {
        snprintf(wrong, sizeof wrong, "it has the ABI version %u, and this jar needs %u",
                 (unsigned)lib.evercred_abi_version(), (unsigned)EVERCRED_ABI_VERSION);
        return bytes_out(env, wrong, strlen(wrong));
    }
    return NULL;
}
