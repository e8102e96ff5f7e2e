//! The OpenAPI document around the routes: what it says of itself, and what every operation has in common.

use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

use crate::error::ErrorBody;

/// What the document says of itself.
pub(crate) fn base() -> OpenApi {
    let info = InfoBuilder::new().title("Weir").version(env!("CARGO_PKG_VERSION")).description(Some(
        "A self-hosted chat server that speaks GetStream's chat protocol. Weir is not made or endorsed by Stream.",
    ));
    OpenApiBuilder::new().info(info).build()
}

/// Adds to every operation Stream's operation id, the error answer, and to its answer the `duration`.
pub(crate) fn finish(mut document: OpenApi) -> OpenApi {
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            finish_operation(operation);
        }
    }
    let components = document.components.get_or_insert_default();
    components.schemas.insert(ErrorBody::name().into_owned(), ErrorBody::schema());
    document
}

fn finish_operation(operation: &mut Operation) {
    operation.operation_id = operation.operation_id.take().map(|id| pascal(&id));
    for response in operation.responses.responses.values_mut() {
        let RefOr::T(response) = response else { continue };
        for content in response.content.values_mut() {
            let RefOr::T(content) = content else { continue };
            if let Some(schema) = content.schema.take() {
                content.schema = Some(with_duration(schema));
            }
        }
    }
    let error = ContentBuilder::new().schema(Some(Ref::from_schema_name(ErrorBody::name()))).build();
    let refusal =
        ResponseBuilder::new().description("A refusal, in Stream's envelope").content("application/json", error);
    operation.responses.responses.insert("default".into(), refusal.build().into());
}

fn with_duration(schema: RefOr<Schema>) -> RefOr<Schema> {
    let text =
        ObjectBuilder::new().schema_type(Type::String).description(Some("How long it took, such as \"7.42ms\"."));
    let duration = ObjectBuilder::new().property("duration", text).required("duration");
    AllOfBuilder::new().item(schema).item(duration).into()
}

/// `send_message` → `SendMessage`.
pub(crate) fn pascal(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
        .collect()
}
