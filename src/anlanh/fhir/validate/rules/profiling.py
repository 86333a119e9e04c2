"""Rules of profiles, and of resources that define others.

FHIR: profiling
Source: https://hl7.org/fhir/R4/profiling.html
"""

from __future__ import annotations

from typing import Final

from anlanh.fhir.validate.rules.rule import Rule

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
    "aggregation": Rule(
        "structure",
        "error",
        "The reference is {found}; the profile wants it {wanted}.",
        "Tham chiếu thuộc dạng {found}; hồ sơ yêu cầu {wanted}.",
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
