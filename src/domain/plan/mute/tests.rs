//! Which alarms may be kept quiet, and until when.
