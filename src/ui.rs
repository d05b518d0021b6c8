//! Drawing: `&State` in, cells out.
