"""Rules of shape: JSON, arrays, primitives, and the text before it is a resource.

FHIR: JSON and XML representation
Source: https://hl7.org/fhir/R4/json.html
"""

from __future__ import annotations

from typing import Final

from anlanh.fhir.validate.rules.rule import Rule

STRUCTURE: Final = {
    "only-id": Rule(
        "invariant",
        "error",
        "An element must have a value or children besides its id (ele-1).",
        "Phần tử phải có giá trị hoặc phần tử con ngoài id (ele-1).",
        "Leave the element out, or give it content.",
    ),
    "not-an-object": Rule(
        "structure",
        "error",
        "A JSON object is expected here, not {found}.",
        "Ở đây cần một đối tượng JSON, không phải {found}.",
        "Write the value as {{...}}.",
    ),
    "not-an-array": Rule(
        "structure",
        "error",
        "'{name}' may repeat: a JSON array is expected, not {found}.",
        "'{name}' có thể lặp lại: cần một mảng JSON, không phải {found}.",
        "Put the value into brackets [...].",
    ),
    "not-a-single-value": Rule(
        "structure",
        "error",
        "'{name}' does not repeat: one value is expected, not an array.",
        "'{name}' không lặp lại: cần một giá trị, không phải một mảng.",
        "Take the value out of the brackets.",
    ),
    "null-value": Rule(
        "structure",
        "error",
        "null has no meaning here.",
        "null không có nghĩa ở đây.",
        "Leave the property out.",
    ),
    "empty-array": Rule(
        "structure",
        "error",
        "An array must not be empty.",
        "Mảng không được rỗng.",
        "Leave the property out.",
    ),
    "empty-object": Rule(
        "structure",
        "error",
        "An object must not be empty.",
        "Đối tượng không được rỗng.",
        "Leave the property out, or give it content.",
    ),
    "uneven-arrays": Rule(
        "structure",
        "error",
        "'_{name}' has {extras} entries beside the {values} of '{name}'.",
        "'_{name}' có {extras} phần tử bên cạnh {values} của '{name}'.",
        "Fill the shorter array with null.",
    ),
    "unknown-property": Rule(
        "structure",
        "error",
        "The property '{name}' is not known in {type}.",
        "Thuộc tính '{name}' không có trong {type}.",
        "Check the spelling, or use an extension.",
    ),
    "underscore-on-complex": Rule(
        "structure",
        "error",
        "'_{name}' is only for primitive elements.",
        "'_{name}' chỉ dành cho phần tử nguyên thủy.",
        "Put id and extension inside '{name}'.",
    ),
    "choice-twice": Rule(
        "structure",
        "error",
        "Only one of {names} may be given.",
        "Chỉ được cho một trong {names}.",
        "Keep one of them.",
    ),
    "required-missing": Rule(
        "required",
        "error",
        "{path}: minimum required = {min}, but only found {found}.",
        "{path}: cần tối thiểu {min}, nhưng chỉ có {found}.",
        "Add '{name}'.",
    ),
    "too-many": Rule(
        "structure",
        "error",
        "{path}: max allowed = {max}, but found {found}.",
        "{path}: cho phép tối đa {max}, nhưng có {found}.",
        "Remove the surplus.",
    ),
    "no-resource-type": Rule(
        "structure",
        "error",
        "There is no resourceType.",
        "Thiếu resourceType.",
        "Name the type of the resource.",
    ),
    "unknown-resource-type": Rule(
        "structure",
        "error",
        "'{found}' is not a resource type of FHIR R4.",
        "'{found}' không phải loại tài nguyên FHIR R4.",
        "Use a type listed at https://hl7.org/fhir/R4/resourcelist.html.",
    ),
    "nested-contained": Rule(
        "structure",
        "error",
        "A contained resource must not contain resources itself (dom-2).",
        "Tài nguyên được chứa không được chứa tài nguyên khác (dom-2).",
        "Move the inner resources up.",
    ),
    "too-deep": Rule(
        "too-costly",
        "error",
        "The resource is nested too deeply.",
        "Tài nguyên lồng nhau quá sâu.",
        "A FHIR resource never needs that; send a flatter one.",
    ),
    "reference-form": Rule(
        "value",
        "error",
        "'{found}' is not a reference: neither #id, Type/id, a URL nor urn:uuid:.",
        "'{found}' không phải tham chiếu: không là #id, Type/id, URL hay urn:uuid:.",
        "Write for example Patient/123.",
    ),
    "narrative-active": Rule(
        "security",
        "error",
        "The narrative has something that a browser would run.",
        "Phần tường thuật có nội dung mà trình duyệt sẽ chạy.",
        "Take scripts, frames and event attributes out.",
    ),
    "code-not-allowed": Rule(
        "code-invalid",
        "error",
        "The code '{found}' is not in the required value set {value_set}.",
        "Mã '{found}' không thuộc tập giá trị bắt buộc {value_set}.",
        "Allowed are for example: {examples}.",
    ),
}

PRIMITIVES: Final = {
    "wrong-json-type": Rule(
        "structure",
        "error",
        "A {type} is written as JSON {wanted}, not {found}.",
        "Kiểu {type} được viết là {wanted} trong JSON, không phải {found}.",
        "",
    ),
    "empty-string": Rule(
        "value",
        "error",
        "A text must not be empty or only white space.",
        "Chuỗi không được rỗng hay chỉ có khoảng trắng.",
        "Leave the property out.",
    ),
    "control-character": Rule(
        "value",
        "error",
        "A text must not have control characters other than tab and line ends.",
        "Chuỗi không được có ký tự điều khiển ngoài tab và xuống dòng.",
        "Remove them.",
    ),
    "too-long": Rule(
        "too-long",
        "error",
        "The text is longer than {limit} characters.",
        "Chuỗi dài hơn {limit} ký tự.",
        "Shorten it.",
    ),
    "primitive-form": Rule(
        "value",
        "error",
        "'{found}' is not a valid {type}.",
        "'{found}' không phải {type} hợp lệ.",
        "Write for example {example}.",
    ),
    "no-such-day": Rule(
        "value",
        "error",
        "There is no day '{found}' in the calendar.",
        "Không có ngày '{found}' trong lịch.",
        "Correct the date.",
    ),
    "out-of-range": Rule(
        "value",
        "error",
        "{found} is out of range for {type} ({low} to {high}).",
        "{found} ngoài phạm vi của {type} ({low} đến {high}).",
        "Use a value within the range.",
    ),
}

TEXTS: Final = {
    "property-twice": Rule(
        "invalid",
        "error",
        "The property '{name}' is given more than once in one object.",
        "Thuộc tính '{name}' xuất hiện nhiều lần trong một đối tượng.",
        "Keep one of them.",
    ),
    "not-json": Rule("invalid", "fatal", "The text is not JSON: {reason}.", "Văn bản không phải JSON: {reason}."),
    "wrong-root": Rule(
        "invalid",
        "fatal",
        "A resource is one JSON object, not a {found}.",
        "Một tài nguyên là một đối tượng JSON, không phải {found}.",
    ),
    "not-xml": Rule("invalid", "fatal", "{reason}", "Văn bản không phải XML đọc được: {reason}"),
    "xml-fault": Rule("structure", "error", "{what} (line {line}).", "Lỗi XML ở dòng {line}: {what}."),
}
