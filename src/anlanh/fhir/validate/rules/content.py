"""Rules of content: codes, data types, references, extensions, narratives.

FHIR: data types, terminologies, references
Source: https://hl7.org/fhir/R4/validation.html
"""

from __future__ import annotations

from typing import Final

from anlanh.fhir.validate.rules.rule import Rule

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
    "not-a-language": Rule(
        "code-invalid",
        "error",
        "'{found}' is not a language of BCP 47.",
        "'{found}' không phải mã ngôn ngữ theo BCP 47.",
        "Write for example vi or en-GB.",
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
    "element-id-twice": Rule(
        "business-rule",
        "error",
        "The id '{found}' is given to two elements of the resource.",
        "Id '{found}' dùng cho hai phần tử của tài nguyên.",
        "Ids of elements are unique within a resource.",
    ),
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
