-- What a person does on a lab outside workshops is one attempt: the database guards it, whatever two requests or two
-- servers do at once. (`unique` takes nulls for different.)
delete from attempt where workshop_id is null and exists (
    select 1 from attempt later
    where later.person_id = attempt.person_id and later.lab = attempt.lab and later.workshop_id is null
      and (later.active_at > attempt.active_at or (later.active_at = attempt.active_at and later.id > attempt.id))
);
create unique index attempt_alone on attempt (person_id, lab) where workshop_id is null;

-- Never held anything: a world knows its settings itself.
alter table world drop column settings;
