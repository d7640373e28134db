-- What a stack is thought to cost by the hour before it is made, and what is there of it, with what that costs: JSON.
alter table stack add column estimate text not null default '{}';
alter table stack add column inventory text;
alter table stack add column inventory_at bigint;
-- What it counts for against limits: billionths of a US dollar by the hour.
alter table stack add column hourly bigint not null default 0;

-- Limits in millionths of a US dollar by the hour, of one student's stack and of all of them; null: the platform's own.
alter table workshop add column student_limit bigint;
alter table workshop add column class_limit bigint;
-- Then its stacks were undone; nobody joins, and none is made any more.
alter table workshop add column ended_at bigint;
