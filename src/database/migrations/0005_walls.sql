CREATE TRIGGER `audit_kept` BEFORE DELETE ON `audit` BEGIN
	SELECT RAISE(ABORT, 'the audit is only appended to');
END;
--> statement-breakpoint
CREATE TRIGGER `audit_unchanged` BEFORE UPDATE ON `audit` BEGIN
	SELECT RAISE(ABORT, 'the audit is only appended to');
END;
--> statement-breakpoint
CREATE TRIGGER `audit_appended` BEFORE INSERT ON `audit` WHEN new.`id` <> coalesce((SELECT max(`id`) FROM `audit`), 0) + 1 BEGIN
	SELECT RAISE(ABORT, 'the audit is only appended to');
END;
--> statement-breakpoint
INSERT INTO `meta` (`key`, `value`) VALUES ('audit_from', coalesce((SELECT min(`seq`) FROM `audit`), (SELECT max(`seq`) + 1 FROM `events`), 1));
