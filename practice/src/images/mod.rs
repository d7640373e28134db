//! What containers do, by image and command.
