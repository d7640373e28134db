//! Through the front door, with the clients students have: the AWS CLI, boto3.

mod mistakes;
mod solution;
