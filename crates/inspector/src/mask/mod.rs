//! The masking of personal data.
