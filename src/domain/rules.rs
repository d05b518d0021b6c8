//! Pure rules that turn facts into findings, one file per kind of resource.
