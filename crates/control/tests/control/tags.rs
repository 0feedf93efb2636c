use carillon_types::{
    Caller, ProblemKind,
    api::{
        ListTagsForResourceQuery, TagResourceBody, TagResourceRequest, UntagResourceBody,
        UntagResourceRequest,
    },
};

use crate::rig::{Rig, meeting_body};

fn tag(arn: &str, tags: impl IntoIterator<Item = (String, String)>) -> TagResourceRequest {
    let tags = tags
        .into_iter()
        .map(|(key, value)| carillon_types::TagBody { key: Some(key), value: Some(value) });
    let body = TagResourceBody { resource_arn: Some(arn.to_owned()), tags: Some(tags.collect()) };
    body.try_into().unwrap()
}

fn untag(arn: &str, keys: &[&str]) -> UntagResourceRequest {
    let tag_keys = keys.iter().map(|key| (*key).to_owned()).collect();
    let body = UntagResourceBody { resource_arn: Some(arn.to_owned()), tag_keys: Some(tag_keys) };
    body.try_into().unwrap()
}

fn pair(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

/// The tags as the caller sees them, or why it does not.
fn listed(rig: &Rig, caller: &Caller, arn: &str) -> Result<Vec<(String, String)>, ProblemKind> {
    let query = ListTagsForResourceQuery { arn: Some(arn.to_owned()) };
    let found = rig
        .plane
        .list_tags_for_resource(caller, &query.try_into().unwrap())
        .map_err(|error| error.kind())?;
    Ok(found.tags.into_iter().map(|tag| pair(tag.key.as_str(), tag.value.as_str())).collect())
}

async fn meeting(rig: &Rig) -> (String, String) {
    let mut body = meeting_body("once");
    body.tags = Some(vec![carillon_types::TagBody {
        key: Some("team".to_owned()),
        value: Some("red".to_owned()),
    }]);
    let wish = body.try_into().unwrap();
    let made = rig.plane.create_meeting(rig.now, &rig.caller, wish).await.unwrap();
    (
        made.meeting_arn.to_string(),
        format!("arn:aws:chime::000000000000:meeting:{}", made.meeting_id),
    )
}

#[tokio::test]
async fn tags_are_set_replaced_taken_away_and_kept_over_a_restart() {
    let mut rig = Rig::new().await;
    let (arn, other_form) = meeting(&rig).await;
    assert_eq!(listed(&rig, &rig.caller, &arn), Ok(vec![pair("team", "red")]));
    let wish = tag(&other_form, [pair("team", "blue"), pair("cost", "7")]);
    rig.plane.tag_resource(rig.now, &rig.caller, wish).await.unwrap();
    rig.reopen().await;
    let both = Ok(vec![pair("cost", "7"), pair("team", "blue")]);
    assert_eq!(listed(&rig, &rig.caller, &arn), both);
    assert_eq!(listed(&rig, &rig.caller, &other_form), both);
    let wish = untag(&arn, &["cost", "absent"]);
    rig.plane.untag_resource(rig.now, &rig.caller, wish).await.unwrap();
    rig.reopen().await;
    assert_eq!(listed(&rig, &rig.caller, &arn), Ok(vec![pair("team", "blue")]));
}

#[tokio::test]
async fn fifty_tags_are_the_most() {
    let rig = Rig::new().await;
    let (arn, _) = meeting(&rig).await;
    let many = (0..49).map(|n| pair(&format!("key{n}"), "v"));
    rig.plane.tag_resource(rig.now, &rig.caller, tag(&arn, many)).await.unwrap();
    let one_more = tag(&arn, [pair("more", "v")]);
    let error = rig.plane.tag_resource(rig.now, &rig.caller, one_more).await.unwrap_err();
    assert_eq!(error.kind(), ProblemKind::TooManyTags);
    assert_eq!(error.resource().unwrap().as_str(), arn);
    let replaced = tag(&arn, [pair("team", "green")]);
    rig.plane.tag_resource(rig.now, &rig.caller, replaced).await.unwrap();
    assert_eq!(listed(&rig, &rig.caller, &arn).unwrap().len(), 50);
}

#[tokio::test]
async fn tags_of_other_accounts_regions_and_of_nothing_are_not_found() {
    let rig = Rig::new().await;
    let (arn, _) = meeting(&rig).await;
    let stranger = Caller { account: "000000000001".parse().unwrap(), ..rig.caller.clone() };
    let elsewhere = Caller { region: "eu-central-1".parse().unwrap(), ..rig.caller.clone() };
    for caller in [&stranger, &elsewhere] {
        assert_eq!(listed(&rig, caller, &arn), Err(ProblemKind::ResourceNotFound));
        let error =
            rig.plane.tag_resource(rig.now, caller, tag(&arn, [pair("k", "v")])).await.unwrap_err();
        assert_eq!(error.kind(), ProblemKind::ResourceNotFound);
    }
    for arn in
        ["arn:aws:chime:us-east-1:000000000000:meeting/1", "arn:aws:sqs:us-east-1:1:q", "arn:x"]
    {
        assert_eq!(listed(&rig, &rig.caller, arn), Err(ProblemKind::ResourceNotFound), "{arn}");
    }
}
