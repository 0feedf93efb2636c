//! Operations on tags.

use axum::response::Response;
use carillon_types::api::{
    ListTagsForResourceQuery, ListTagsForResourceRequest, TagResourceBody, UntagResourceBody,
};

use crate::{
    call::{Call, gone, ok},
    problem::Problem,
};

pub(crate) fn list(call: &Call<'_>) -> Result<Response, Problem> {
    let query = ListTagsForResourceQuery { arn: call.query.value("arn")? };
    let wish = ListTagsForResourceRequest::try_from(query)?;
    ok(&call.control.list_tags_for_resource(&call.caller, &wish)?)
}

pub(crate) async fn add(call: &Call<'_>) -> Result<Response, Problem> {
    let wish = call.request::<TagResourceBody, _>()?;
    call.control.tag_resource(call.now, &call.caller, wish).await?;
    Ok(gone())
}

pub(crate) async fn remove(call: &Call<'_>) -> Result<Response, Problem> {
    let wish = call.request::<UntagResourceBody, _>()?;
    call.control.untag_resource(call.now, &call.caller, wish).await?;
    Ok(gone())
}
