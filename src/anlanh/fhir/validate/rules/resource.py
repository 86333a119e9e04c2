"""Rules of single resource types: Bundles, questionnaires and their answers.

FHIR: Bundle, Questionnaire, QuestionnaireResponse
Source: https://hl7.org/fhir/R4/resourcelist.html
"""

from __future__ import annotations

from typing import Final

from anlanh.fhir.validate.rules.rule import Rule

BUNDLES: Final = {
    "entry-unreachable": Rule(
        "invalid",
        "error",
        "The entry is not linked with the first entry of the {kind}, directly or over others.",
        "Mục không liên kết, trực tiếp hay gián tiếp, với mục đầu của {kind}.",
        "Refer to it, or take it out.",
    ),
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


MEASURES: Final = {
    "measure-part-unknown": Rule(
        "business-rule",
        "error",
        "The {part} must have a code that the Measure has.",
        "Phần {part} phải có mã mà Measure có.",
    ),
    "measure-part-missing": Rule(
        "business-rule",
        "error",
        "The report has no {part} for the code '{code}' of the Measure.",
        "Báo cáo không có {part} cho mã '{code}' của Measure.",
    ),
    "measure-count": Rule(
        "business-rule",
        "error",
        "The count {count} is not the number of subjects ({subjects}).",
        "Số đếm {count} khác số đối tượng ({subjects}).",
    ),
}
