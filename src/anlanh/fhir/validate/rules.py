"""What can be wrong with a resource: every rule with its issue code, severity, texts and way out.

FHIR: issue-type, issue-severity
Source: https://hl7.org/fhir/R4/valueset-issue-type.html, https://hl7.org/fhir/R4/validation.html
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Rule(NamedTuple):
    """One rule; the braces of the texts are filled by the facts of an issue."""

    code: str
    severity: str
    en: str
    vi: str
    hint: str = ""


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

CODES: Final = {
    "not-in-required": Rule(
        "code-invalid",
        "error",
        "None of the codes ({found}) is in the required value set {value_set}.",
        "Không mã nào ({found}) thuộc tập giá trị bắt buộc {value_set}.",
        "Use a code of the value set.",
    ),
    "not-in-extensible": Rule(
        "code-invalid",
        "warning",
        "None of the codes ({found}) is in the extensible value set {value_set}.",
        "Không mã nào ({found}) thuộc tập giá trị mở rộng được {value_set}.",
        "Use a code of the value set, unless it has none for what is meant.",
    ),
    "not-in-preferred": Rule(
        "code-invalid",
        "information",
        "None of the codes ({found}) is in the preferred value set {value_set}.",
        "Không mã nào ({found}) thuộc tập giá trị ưu tiên {value_set}.",
    ),
    "no-code-required": Rule(
        "code-invalid",
        "error",
        "No code is given, and one of the value set {value_set} is required.",
        "Không có mã, trong khi bắt buộc có mã thuộc {value_set}.",
        "Give a code of the value set.",
    ),
    "no-code-extensible": Rule(
        "code-invalid",
        "warning",
        "No code is given, and one of the value set {value_set} should be.",
        "Không có mã, trong khi nên có mã thuộc {value_set}.",
        "Give a code of the value set where it has one.",
    ),
    "binding-unknown": Rule(
        "not-supported",
        "warning",
        "The code was not checked: the value set {value_set} cannot be listed here.",
        "Chưa kiểm tra mã: không liệt kê được tập giá trị {value_set}.",
        "Load the code systems it needs.",
    ),
    "system-not-absolute": Rule(
        "value",
        "error",
        "Coding.system must be an absolute URI, not '{found}'.",
        "Coding.system phải là URI tuyệt đối, không phải '{found}'.",
    ),
    "system-is-value-set": Rule(
        "value",
        "error",
        "Coding.system names a value set, not a code system ({found}).",
        "Coding.system là tập giá trị, không phải hệ mã ({found}).",
        "Use the system of the code.",
    ),
    "system-is-supplement": Rule(
        "value",
        "error",
        "The code system {found} is a supplement and has no codes of its own.",
        "Hệ mã {found} là phần bổ sung, không có mã riêng.",
        "Use the system it supplements.",
    ),
    "unknown-code": Rule(
        "code-invalid",
        "error",
        "Unknown code '{found}' in the code system {system}.",
        "Mã '{found}' không có trong hệ mã {system}.",
        "Use a code of the system.",
    ),
    "wrong-display": Rule(
        "value",
        "warning",
        "'{found}' is not the name of {system}#{code}; it is '{wanted}'.",
        "'{found}' không phải tên của {system}#{code}; tên đúng là '{wanted}'.",
        "Leave the display out, or use the name of the system.",
    ),
    "not-ucum": Rule(
        "value",
        "error",
        "'{found}' is not a UCUM code.",
        "'{found}' không phải mã UCUM.",
        "See https://ucum.org for the units.",
    ),
    "not-mime-type": Rule(
        "code-invalid",
        "error",
        "'{found}' is not a mime type.",
        "'{found}' không phải kiểu MIME.",
        "Write for example application/pdf.",
    ),
}


DATATYPES: Final = {
    "urn-form": Rule(
        "value",
        "error",
        "'{found}' is not a valid UUID or OID URN (UUIDs are lowercase).",
        "'{found}' không phải URN UUID hay OID hợp lệ (UUID viết thường).",
    ),
    "example-url": Rule(
        "value", "error", "Example URLs are not allowed here ({found}).", "Không dùng URL ví dụ ở đây ({found})."
    ),
    "canonical-relative": Rule(
        "value",
        "error",
        "A canonical URL must be absolute or a fragment, not '{found}'.",
        "URL chuẩn phải tuyệt đối hoặc là phân mảnh, không phải '{found}'.",
    ),
    "html-in-text": Rule(
        "security",
        "error",
        "The text has something that looks like an HTML tag, which is not allowed here.",
        "Chuỗi có nội dung giống thẻ HTML, không được phép ở đây.",
        "Take the tags out.",
    ),
    "attachment-size": Rule(
        "value",
        "error",
        "The size stated ({stated}) is not that of the data ({actual}).",
        "Kích thước khai báo ({stated}) khác kích thước dữ liệu ({actual}).",
        "State the number of bytes before base64.",
    ),
    "identifier-system-relative": Rule(
        "value",
        "warning",
        "Identifier.system should be an absolute URI, not '{found}'.",
        "Identifier.system nên là URI tuyệt đối, không phải '{found}'.",
    ),
    "identifier-not-uri": Rule(
        "value",
        "error",
        "With the system urn:ietf:rfc:3986 the value must be a full URI, not '{found}'.",
        "Với hệ urn:ietf:rfc:3986, giá trị phải là URI đầy đủ, không phải '{found}'.",
    ),
}


REFERENCES: Final = {
    "reference-type-unknown": Rule(
        "value", "error", "'{found}' is not a type of resource.", "'{found}' không phải loại tài nguyên."
    ),
    "reference-type-differs": Rule(
        "value",
        "error",
        "The reference leads to a {found}, but says {declared}.",
        "Tham chiếu tới {found} nhưng khai là {declared}.",
    ),
    "contained-missing": Rule(
        "invalid",
        "error",
        "There is no contained resource {found}.",
        "Không có tài nguyên được chứa {found}.",
        "Add it to contained, or correct the reference.",
    ),
    "target-type": Rule(
        "structure",
        "error",
        "The reference leads to a {found}; allowed are {wanted}.",
        "Tham chiếu tới {found}; chỉ cho phép {wanted}.",
    ),
    "target-differs": Rule("required", "error", "{reference} leads to a {found}.", "{reference} dẫn tới {found}."),
    "reference-ambiguous": Rule(
        "invalid",
        "error",
        "The Bundle has {count} resources for the reference {found}.",
        "Bundle có {count} tài nguyên ứng với tham chiếu {found}.",
        "Give the entries different fullUrls, or a version to the reference.",
    ),
    "reference-unresolved": Rule(
        "not-found",
        "error",
        "There is no resource for the reference {found}.",
        "Không tìm thấy tài nguyên của tham chiếu {found}.",
    ),
    "contained-without-id": Rule(
        "structure", "error", "A contained resource must have an id.", "Tài nguyên được chứa phải có id."
    ),
    "contained-id-twice": Rule(
        "structure",
        "error",
        "The id {found} is given to two contained resources.",
        "Id {found} dùng cho hai tài nguyên được chứa.",
    ),
    "contained-unused": Rule(
        "invariant",
        "error",
        "The contained resource {found} is not referred to, and does not refer to its container (dom-3).",
        "Tài nguyên được chứa {found} không được tham chiếu (dom-3).",
        "Refer to it, or take it out.",
    ),
    "contained-versioned": Rule(
        "invariant",
        "error",
        "A contained resource must not have a versionId or lastUpdated (dom-4).",
        "Tài nguyên được chứa không được có versionId hay lastUpdated (dom-4).",
    ),
    "contained-labelled": Rule(
        "invariant",
        "error",
        "A contained resource must not have security labels (dom-5).",
        "Tài nguyên được chứa không được có nhãn bảo mật (dom-5).",
    ),
}


EXTENSIONS: Final = {
    "extension-url-relative": Rule(
        "invalid",
        "error",
        "Extension.url must be absolute, not '{found}'.",
        "Extension.url phải tuyệt đối, không phải '{found}'.",
    ),
    "extension-unknown": Rule(
        "informational",
        "information",
        "The extension {found} is not known here.",
        "Phần mở rộng {found} chưa được biết ở đây.",
    ),
    "extension-not-one": Rule("structure", "error", "{found} is not an extension.", "{found} không phải phần mở rộng."),
    "extension-modifier": Rule(
        "extension",
        "error",
        "{found} is no modifier extension and must stand in extension.",
        "{found} không phải phần mở rộng sửa nghĩa, phải đặt trong extension.",
    ),
    "extension-not-modifier": Rule(
        "extension",
        "error",
        "{found} is a modifier extension and must stand in modifierExtension.",
        "{found} là phần mở rộng sửa nghĩa, phải đặt trong modifierExtension.",
    ),
    "extension-modifier-unknown": Rule(
        "extension",
        "error",
        "The modifier extension {found} is not known: what it says cannot be ignored.",
        "Không biết phần mở rộng sửa nghĩa {found}: không thể bỏ qua.",
        "Load the package that defines it.",
    ),
    "extension-context": Rule(
        "extension",
        "error",
        "The extension {found} may not stand here ({where}); allowed are {allowed}.",
        "Phần mở rộng {found} không được đặt ở đây ({where}); cho phép: {allowed}.",
    ),
    "extension-context-invariant": Rule(
        "extension",
        "error",
        "The extension {found} may not stand here: {expression} does not hold.",
        "Phần mở rộng {found} không được đặt ở đây: không thỏa {expression}.",
    ),
    "extension-part-unknown": Rule(
        "extension",
        "error",
        "'{found}' is no part of the extension {url}.",
        "'{found}' không thuộc phần mở rộng {url}.",
    ),
}


PROFILES: Final = {
    "profile-unknown": Rule(
        "not-found",
        "warning",
        "The profile {profile} is not known: nothing was checked against it.",
        "Không biết hồ sơ {profile}: chưa kiểm tra theo đó.",
        "Load the package that has it.",
    ),
    "profile-unusable": Rule(
        "exception",
        "error",
        "The profile {profile} cannot be used: {reason}.",
        "Không dùng được hồ sơ {profile}: {reason}.",
    ),
    "profile-of-other-type": Rule(
        "structure",
        "error",
        "The profile {profile} is for {type}, not for {found}.",
        "Hồ sơ {profile} dành cho {type}, không phải {found}.",
    ),
    "type-not-allowed": Rule(
        "structure",
        "error",
        "The type {found} is not allowed here; allowed are {wanted}.",
        "Kiểu {found} không được phép ở đây; cho phép: {wanted}.",
    ),
    "no-profile-fits": Rule(
        "structure",
        "error",
        "The value fits none of the profiles {profiles}.",
        "Giá trị không khớp hồ sơ nào trong {profiles}.",
    ),
    "no-target-fits": Rule(
        "structure",
        "error",
        "{found} fits none of the profiles {profiles}.",
        "{found} không khớp hồ sơ nào trong {profiles}.",
    ),
    "not-fixed": Rule(
        "value",
        "error",
        "The value is fixed to {wanted}, not {found}.",
        "Giá trị cố định là {wanted}, không phải {found}.",
    ),
    "not-pattern": Rule(
        "value", "error", "The value must have {wanted}; it is {found}.", "Giá trị phải có {wanted}; hiện là {found}."
    ),
    "beyond-minValue": Rule(
        "invalid",
        "error",
        "{found} is less than the smallest value allowed, {limit}.",
        "{found} nhỏ hơn giá trị nhỏ nhất cho phép là {limit}.",
    ),
    "beyond-maxValue": Rule(
        "invalid",
        "error",
        "{found} is greater than the greatest value allowed, {limit}.",
        "{found} lớn hơn giá trị lớn nhất cho phép là {limit}.",
    ),
    "slicing-closed": Rule(
        "structure",
        "error",
        "The value belongs to no slice of {slicing}, and the slicing is closed.",
        "Giá trị không thuộc lát nào của {slicing}, và phân lát đã đóng.",
    ),
    "slice-not-first": Rule(
        "structure",
        "error",
        "The slice {slice} must come before values that belong to no slice.",
        "Lát {slice} phải đứng trước các giá trị không thuộc lát nào.",
    ),
    "slice-out-of-order": Rule("structure", "error", "The slice {slice} is out of order.", "Lát {slice} sai thứ tự."),
    "invariant": Rule(
        "invariant", "error", "Constraint failed: {key}: '{human}'", "Không thỏa ràng buộc {key}: '{human}'"
    ),
    "invariant-unusable": Rule(
        "informational",
        "information",
        "The constraint {key} could not be evaluated: {reason}.",
        "Không tính được ràng buộc {key}: {reason}.",
    ),
    "too-costly": Rule(
        "too-costly",
        "error",
        "Validation stopped after {limit} steps.",
        "Dừng kiểm tra sau {limit} bước.",
        "Send a smaller resource.",
    ),
}


NARRATIVES: Final = {
    "narrative-languages-prohibited": Rule(
        "business-rule",
        "error",
        "The narrative has language sections ({found}), which the profile prohibits.",
        "Phần tường thuật có các đoạn theo ngôn ngữ ({found}), hồ sơ không cho phép.",
    ),
    "narrative-languages-required": Rule(
        "business-rule",
        "error",
        "The narrative has no language sections, which the profile requires.",
        "Phần tường thuật không có các đoạn theo ngôn ngữ mà hồ sơ yêu cầu.",
    ),
    "narrative-language-missing": Rule(
        "business-rule",
        "error",
        "The narrative has no section in the language {wanted} (found {found}).",
        "Phần tường thuật không có đoạn bằng ngôn ngữ {wanted} (hiện có {found}).",
    ),
    "narrative-not-xhtml": Rule(
        "structure", "error", "The narrative is not XHTML: {reason}.", "Phần tường thuật không phải XHTML: {reason}."
    ),
    "narrative-root": Rule(
        "structure",
        "error",
        "The narrative must be one div, not '{found}'.",
        "Phần tường thuật phải là một div, không phải '{found}'.",
    ),
    "narrative-namespace": Rule(
        "structure",
        "error",
        "<{element}> is in the namespace '{found}', not in that of XHTML.",
        "<{element}> thuộc không gian tên '{found}', không phải XHTML.",
        'Add xmlns="http://www.w3.org/1999/xhtml" to the div.',
    ),
    "narrative-element": Rule(
        "invariant",
        "error",
        "The narrative may not have the element <{element}> (txt-1).",
        "Phần tường thuật không được có <{element}> (txt-1).",
    ),
    "narrative-attribute": Rule(
        "invariant",
        "error",
        "The narrative may not have the attribute '{attribute}' on <{element}> (txt-1).",
        "Phần tường thuật không được có thuộc tính '{attribute}' ở <{element}> (txt-1).",
    ),
    "narrative-link": Rule(
        "value",
        "error",
        "A link may not have the scheme '{scheme}' ({found}).",
        "Liên kết không được dùng lược đồ '{scheme}' ({found}).",
    ),
    "narrative-empty": Rule(
        "invariant",
        "error",
        "The narrative must have some content (txt-2).",
        "Phần tường thuật phải có nội dung (txt-2).",
    ),
}


BUNDLES: Final = {
    "full-url-missing": Rule(
        "invalid",
        "error",
        "Each entry of such a Bundle must have a fullUrl.",
        "Mỗi mục của Bundle này phải có fullUrl.",
    ),
    "full-url-relative": Rule(
        "value", "error", "fullUrl must be absolute, not '{found}'.", "fullUrl phải tuyệt đối, không phải '{found}'."
    ),
    "full-url-without-id": Rule(
        "invalid",
        "error",
        "The fullUrl {found} looks like one of a server, but the resource has no id.",
        "fullUrl {found} giống của máy chủ, nhưng tài nguyên không có id.",
    ),
    "full-url-differs": Rule(
        "invalid",
        "error",
        "The fullUrl {found} must end with {wanted}.",
        "fullUrl {found} phải kết thúc bằng {wanted}.",
    ),
    "link-twice": Rule(
        "invalid", "error", "The link '{found}' may be given once only.", "Liên kết '{found}' chỉ được cho một lần."
    ),
    "not-in-document": Rule(
        "not-found",
        "error",
        "{found} is not in the document.",
        "{found} không có trong tài liệu.",
        "Add an entry with the fullUrl that the reference leads to.",
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

QUESTIONNAIRES: Final = {
    "enable-when-self": Rule(
        "business-rule",
        "error",
        "The condition of an item cannot ask the item itself ({found}).",
        "Điều kiện của mục không thể hỏi chính nó ({found}).",
    ),
    "enable-when-inner": Rule(
        "business-rule",
        "error",
        "The condition of an item cannot ask a question inside it ({found}).",
        "Điều kiện của mục không thể hỏi câu nằm bên trong nó ({found}).",
    ),
    "enable-when-unknown": Rule(
        "business-rule",
        "error",
        "The condition asks a question that is not there ({found}).",
        "Điều kiện hỏi một câu không có ({found}).",
    ),
    "questionnaire-unknown": Rule(
        "not-found",
        "warning",
        "The Questionnaire {found} is not known: the answers were not checked.",
        "Không biết Questionnaire {found}: chưa kiểm tra câu trả lời.",
    ),
    "not-a-questionnaire": Rule(
        "invalid",
        "error",
        "{canonical} is a {found}, not a Questionnaire.",
        "{canonical} là {found}, không phải Questionnaire.",
    ),
    "link-unknown": Rule(
        "not-found",
        "error",
        "The linkId '{found}' is not in the Questionnaire.",
        "Không có linkId '{found}' trong Questionnaire.",
    ),
    "link-misplaced": Rule(
        "structure",
        "error",
        "The item '{found}' stands at another place in the Questionnaire.",
        "Mục '{found}' nằm ở chỗ khác trong Questionnaire.",
    ),
    "item-out-of-order": Rule(
        "structure",
        "error",
        "The item '{found}' is out of the order of the Questionnaire.",
        "Mục '{found}' sai thứ tự so với Questionnaire.",
    ),
    "answer-not-enabled": Rule(
        "invalid",
        "error",
        "The item '{found}' is answered, although it is not enabled.",
        "Mục '{found}' có câu trả lời dù không được kích hoạt.",
    ),
    "answer-missing": Rule(
        "required",
        "error",
        "There is no answer to the required item '{found}'.",
        "Thiếu câu trả lời cho mục bắt buộc '{found}'.",
    ),
    "item-repeated": Rule(
        "invalid", "error", "The item '{found}' may be given once only.", "Mục '{found}' chỉ được xuất hiện một lần."
    ),
    "answer-repeated": Rule(
        "invalid", "error", "The item '{found}' takes one answer only.", "Mục '{found}' chỉ nhận một câu trả lời."
    ),
    "answer-to-no-question": Rule(
        "structure", "error", "Items of type {type} have no answers.", "Mục loại {type} không có câu trả lời."
    ),
    "items-outside-answer": Rule(
        "structure",
        "error",
        "The items inside the question '{found}' must stand in its answer.",
        "Các mục bên trong câu '{found}' phải nằm trong câu trả lời.",
    ),
    "answers-too-many": Rule(
        "invalid",
        "error",
        "At most {max} answers are allowed, there are {found}.",
        "Cho phép tối đa {max} câu trả lời, hiện có {found}.",
    ),
    "answers-too-few": Rule(
        "invalid",
        "error",
        "At least {min} answers are needed, there are {found}.",
        "Cần ít nhất {min} câu trả lời, hiện có {found}.",
    ),
    "answer-exclusive": Rule(
        "invariant",
        "error",
        "The option {found} is exclusive: nothing else can be chosen with it.",
        "Lựa chọn {found} là duy nhất: không thể chọn thêm.",
    ),
    "answer-type": Rule(
        "invariant",
        "error",
        "The answer must be of the type {wanted}, not {found}.",
        "Câu trả lời phải thuộc kiểu {wanted}, không phải {found}.",
    ),
    "answer-no-option-of-type": Rule(
        "invariant",
        "error",
        "The question has no options of the type {type}.",
        "Câu hỏi không có lựa chọn kiểu {type}.",
    ),
    "answer-not-option": Rule(
        "invariant", "error", "{found} is not one of the options.", "{found} không phải một trong các lựa chọn."
    ),
    "answer-not-in-value-set": Rule(
        "code-invalid",
        "error",
        "The code '{found}' is not in the value set {value_set} of the question.",
        "Mã '{found}' không thuộc tập giá trị {value_set} của câu hỏi.",
    ),
    "answer-too-long": Rule(
        "invariant", "error", "The answer is longer than {max} characters.", "Câu trả lời dài hơn {max} ký tự."
    ),
    "answer-too-short": Rule(
        "invariant", "error", "The answer is shorter than {min} characters.", "Câu trả lời ngắn hơn {min} ký tự."
    ),
    "answer-not-of-form": Rule(
        "invariant", "error", "The answer does not have the form {wanted}.", "Câu trả lời không đúng dạng {wanted}."
    ),
    "answer-too-precise": Rule(
        "invariant",
        "error",
        "The answer has more than {max} decimal places.",
        "Câu trả lời có quá {max} chữ số thập phân.",
    ),
    "answer-mime-type": Rule(
        "required",
        "error",
        "The mime type {found} is not allowed; allowed are {wanted}.",
        "Không cho phép kiểu MIME {found}; cho phép: {wanted}.",
    ),
    "answer-too-large": Rule(
        "required",
        "error",
        "The attachment is larger than allowed ({max}, found {found}).",
        "Tệp đính kèm lớn hơn cho phép ({max}, hiện {found}).",
    ),
    "answer-unit": Rule(
        "invariant",
        "error",
        "The unit {found} is not one of the options.",
        "Đơn vị {found} không phải một trong các lựa chọn.",
    ),
}

CONFORMANCE: Final = {
    "base-of-other-type": Rule(
        "structure",
        "error",
        "The profile is for {type}, but its base is for {found}.",
        "Hồ sơ dành cho {type}, nhưng hồ sơ gốc dành cho {found}.",
    ),
    "min-below-base": Rule(
        "value",
        "error",
        "The smallest number {found} is below that of the base ({wanted}).",
        "Số tối thiểu {found} nhỏ hơn của hồ sơ gốc ({wanted}).",
    ),
    "max-above-base": Rule(
        "value",
        "error",
        "The greatest number {found} is above that of the base ({wanted}).",
        "Số tối đa {found} lớn hơn của hồ sơ gốc ({wanted}).",
    ),
    "binding-not-coded": Rule(
        "invalid",
        "error",
        "A binding is for coded types, not for {types}.",
        "Ràng buộc mã chỉ dành cho kiểu mã, không dành cho {types}.",
    ),
    "fixed-of-other-type": Rule(
        "value",
        "error",
        "The fixed value or pattern is a {found}, the element a {wanted}.",
        "Giá trị cố định hay mẫu thuộc kiểu {found}, còn phần tử thuộc kiểu {wanted}.",
    ),
    "expression-unreadable": Rule(
        "invalid",
        "error",
        "The FHIRPath expression cannot be read: it {reason}.",
        "Không đọc được biểu thức FHIRPath: {reason}.",
    ),
    "snapshot-impossible": Rule(
        "exception", "error", "No snapshot can be made: {reason}.", "Không tạo được snapshot: {reason}."
    ),
    "fixed-changed": Rule(
        "value",
        "error",
        "The base fixes the value to {wanted}; it cannot be {found}.",
        "Hồ sơ gốc cố định giá trị là {wanted}; không thể là {found}.",
    ),
    "slicing-at-root": Rule(
        "invalid", "error", "The root of a profile cannot be sliced.", "Không được phân lát ở gốc của hồ sơ."
    ),
    "discriminator-path": Rule(
        "invalid",
        "error",
        "The discriminator path '{found}' leads nowhere.",
        "Đường dẫn phân biệt '{found}' không dẫn tới đâu.",
    ),
    "include-system-relative": Rule(
        "value",
        "error",
        "The system of an include must be absolute, not '{found}'.",
        "Hệ mã trong include phải là URI tuyệt đối, không phải '{found}'.",
    ),
    "filter-value": Rule(
        "invalid",
        "error",
        "'{found}' is no value for a filter on '{property}': it must be {wanted}.",
        "'{found}' không dùng được cho bộ lọc '{property}': phải là {wanted}.",
    ),
    "work-group-missing": Rule(
        "business-rule",
        "error",
        "What HL7 publishes must name its work group.",
        "Nội dung HL7 xuất bản phải nêu nhóm công tác.",
    ),
}

GENERAL: Final = {
    "all-right": Rule("informational", "information", "All right.", "Không có lỗi."),
}

RULES: Final[dict[str, Rule]] = (
    STRUCTURE
    | PRIMITIVES
    | CODES
    | DATATYPES
    | REFERENCES
    | EXTENSIONS
    | PROFILES
    | NARRATIVES
    | BUNDLES
    | TEXTS
    | QUESTIONNAIRES
    | CONFORMANCE
    | GENERAL
)
