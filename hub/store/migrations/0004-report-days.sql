-- A daily report covers the leaves that the hub took on that day: each leaf lies in exactly one day.
CREATE INDEX checkpoint_by_time ON checkpoint (at, size);
CREATE INDEX report_run_by_time ON report_run (made_at DESC);
