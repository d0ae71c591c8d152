module orcon/local/tools/own-root

go 1.26.0
