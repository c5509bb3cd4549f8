-- The page of all commands reads the newest first.
CREATE INDEX command_issue_by_time ON command_issue (at DESC, edge DESC, seq DESC);
