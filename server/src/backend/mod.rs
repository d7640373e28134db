//! Implements the port of `app`: authorize, call one function, map the result.
