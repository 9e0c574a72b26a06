//! Webhooks of referral-program platforms as an axum extractor.
