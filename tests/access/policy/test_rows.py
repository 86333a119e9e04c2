"""What a list holds for whom: rows, counts, chains, includes and history show nobody more than the rules open."""

from __future__ import annotations

from tests.access.stage import AN, BINH, CDC, CHILD, HOSPITAL, MOTHER, STATION, TEEN, Stage, condition, encounter


def test_a_doctor_finds_only_what_is_known_of_people_in_care(stage: Stage) -> None:
    assert stage.doctor.get("Condition").ids == ["Condition/pressure-an"]


def test_a_doctor_elsewhere_finds_nothing_and_counts_nothing(stage: Stage) -> None:
    assert stage.other_doctor.get("Condition").ids == []
    assert stage.other_doctor.get("Condition?_summary=count").body["total"] == 0
    assert stage.other_doctor.get("Condition?_total=accurate").body["total"] == 0


def test_what_one_may_not_see_is_not_found_just_as_what_never_was(stage: Stage) -> None:
    hidden, missing = stage.other_doctor.get("Condition/pressure-an"), stage.other_doctor.get("Condition/never-was")
    assert hidden.status == missing.status == 404
    assert hidden.body == missing.body


def test_care_ends_thirty_days_after_the_visit(stage: Stage) -> None:
    assert stage.doctor.get("Condition/pressure-binh").status == 404


def test_care_begins_with_the_encounter_and_ends_when_it_is_cancelled(stage: Stage) -> None:
    stage.put(encounter("fresh-visit", BINH, HOSPITAL))
    assert stage.doctor.get("Condition/pressure-binh").status == 200
    stage.put(encounter("fresh-visit", BINH, HOSPITAL, "cancelled"))
    assert stage.doctor.get("Condition/pressure-binh").status == 404


def test_a_registered_station_sees_its_people(stage: Stage) -> None:
    worker = stage.as_("station-worker", "Practitioner/worker", STATION)
    assert worker.get("Condition/pressure-an").status == 200
    assert worker.get("Condition/pressure-binh").status == 404


def test_sensitive_results_need_more_than_the_role_though_nobody_labelled_them(stage: Stage) -> None:
    assert stage.doctor.get("Condition/hiv-an").status == 404
    assert stage.doctor.get("Condition/labelled-an").status == 404
    clinic = stage.as_("doctor", "Practitioner/hiv", HOSPITAL, programmes=("HIV",))
    assert clinic.get("Condition/hiv-an").status == 200
    assert clinic.get("Condition/labelled-an").status == 404


def test_one_factor_is_not_enough_for_staff(stage: Stage) -> None:
    assert stage.as_("doctor", "Practitioner/doctor", HOSPITAL, assurance=1).get("Condition/pressure-an").status == 404


def test_a_citizen_sees_all_of_their_own_and_nothing_of_others(stage: Stage) -> None:
    found = stage.as_("citizen", AN).get("Condition?_sort=_id").ids
    assert found == ["Condition/hiv-an", "Condition/labelled-an", "Condition/pressure-an"]
    assert stage.as_("citizen", BINH).get(AN).status == 404


def test_a_mother_sees_her_child_and_less_of_her_adolescent(stage: Stage) -> None:
    mother = stage.as_("citizen", MOTHER)
    assert mother.get("Condition/cold-child").status == 200
    assert mother.get("Condition/cold-teen").status == 200
    assert mother.get("Condition/std-teen").status == 404
    assert stage.as_("citizen", TEEN).get("Condition/std-teen").status == 200
    assert stage.as_("citizen", CHILD).get(MOTHER).status == 404


def test_of_people_not_in_care_staff_see_who_they_are_and_no_more(stage: Stage) -> None:
    seen = stage.other_doctor.get(AN).body
    assert set(seen) == {"resourceType", "id", "meta", "identifier", "name", "gender", "birthDate", "address"}
    assert seen["address"] == [{"city": "Xã Phú Đình", "state": "Tỉnh Thái Nguyên"}]
    assert seen["meta"]["tag"][-1]["code"] == "SUBSETTED"
    assert stage.doctor.get(AN).body["telecom"]


def test_nobody_is_found_by_what_is_masked(stage: Stage) -> None:
    by_phone = "Patient?telecom=0912345678&_sort=_id"
    assert stage.other_doctor.get(by_phone).ids == []
    assert stage.doctor.get(by_phone).ids == [AN]
    assert stage.other_doctor.get("Patient?name=nguyen&_sort=phone").ids == []
    assert AN in stage.other_doctor.get("Patient?name=nguyen").ids


def test_a_chain_goes_only_through_what_may_be_seen(stage: Stage) -> None:
    assert stage.doctor.get("Patient?_has:Condition:subject:code=I10").ids == [AN]
    assert stage.other_doctor.get("Patient?_has:Condition:subject:code=I10").ids == []
    assert stage.doctor.get("Patient?_has:Condition:subject:code=B20").ids == []
    assert stage.doctor.get("Condition?subject:Patient.name=nguyen").ids == ["Condition/pressure-an"]


def test_what_is_included_is_limited_like_everything_else(stage: Stage) -> None:
    assert stage.doctor.get("Patient?_id=an&_revinclude=Condition:subject").ids == [AN, "Condition/pressure-an"]
    assert stage.other_doctor.get("Patient?_id=an&_revinclude=Condition:subject").ids == [AN]
    assert stage.other_doctor.get("Patient?_id=an&_include=Patient:general-practitioner").ids == [AN]


def test_everything_and_compartment_and_history_are_limited_alike(stage: Stage) -> None:
    assert "Condition/hiv-an" not in stage.doctor.get(f"{AN}/$everything").ids
    assert "Condition/pressure-an" in stage.doctor.get(f"{AN}/$everything").ids
    assert stage.doctor.get(f"{AN}/Condition").ids == ["Condition/pressure-an"]
    versions = stage.doctor.get("Condition/_history?_count=1000").ids
    assert "Condition/pressure-an" in versions
    assert {"Condition/hiv-an", "Condition/pressure-binh", "Condition/cold-child"}.isdisjoint(versions)
    assert stage.doctor.get("Condition/hiv-an/_history/1").status == 404
    assert stage.doctor.get("Condition/hiv-an/_history").body.get("entry") is None
    assert "Condition/pressure-binh" not in stage.doctor.get("_history?_count=1000").ids


def test_a_deleted_resource_stays_with_those_who_could_see_it(stage: Stage) -> None:
    stage.put(condition("passing", AN, "J11"))
    stage.delete("Condition/passing")
    assert stage.doctor.get("Condition/passing").status == 410
    assert stage.other_doctor.get("Condition/passing").status == 404


def test_reading_does_not_mean_writing(stage: Stage) -> None:
    mother = stage.as_("citizen", MOTHER)
    assert mother.put(condition("cold-child", CHILD, "J01")).status == 403
    assert stage.other_doctor.put(condition("pressure-an", AN, "J01")).status == 404
    assert stage.doctor.put(condition("made-up", BINH, "J01")).status == 403
    assert stage.doctor.put(condition("cold-an", AN, "J00")).status == 201
    assert stage.doctor.send("DELETE", "Condition/cold-an").status == 403
    stage.delete("Condition/cold-an")


def test_a_resource_cannot_be_moved_to_somebody_one_may_not_see(stage: Stage) -> None:
    assert stage.doctor.put(condition("pressure-an", BINH, "I10")).status == 403
    assert stage.doctor.get("Condition/pressure-an").body["subject"]["reference"] == AN


def test_directors_see_no_persons_at_all(stage: Stage) -> None:
    director = stage.as_("director", "Practitioner/director", HOSPITAL)
    assert director.get("Patient").ids == []
    assert director.get("Organization?_id=hospital").ids == [HOSPITAL]


def test_the_surveillance_officer_sees_reported_cases_only(stage: Stage) -> None:
    officer = stage.as_("surveillance-officer", "Practitioner/officer", CDC)
    assert officer.get("Condition").ids == []


def test_an_old_version_is_as_sensitive_as_it_was(stage: Stage) -> None:
    stage.put(condition("corrected-an", AN, "B20"))
    stage.put(condition("corrected-an", AN, "I10"))
    clinic = stage.as_("doctor", "Practitioner/hiv", HOSPITAL, programmes=("HIV",))
    first, versions = "Condition/corrected-an/_history/1", "Condition/corrected-an/_history"
    assert stage.doctor.get("Condition/corrected-an").status == 200
    assert stage.doctor.get(first).status == 404
    assert len(stage.doctor.get(versions).ids) == 1
    for who in (clinic, stage.as_("citizen", AN)):
        assert who.get(first).status == 200
        assert len(who.get(versions).ids) == 2
    stage.delete("Condition/corrected-an")
