package evercred

//go:generate go run ./internal/optiongen ../../abi/options.json options_gen.go
