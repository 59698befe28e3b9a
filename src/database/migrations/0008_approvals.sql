CREATE TABLE `approvals` (
	`id` integer PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`public_id` text NOT NULL,
	`room_id` integer NOT NULL,
	`task_id` integer NOT NULL,
	`agent_id` integer NOT NULL,
	`step_id` text,
	`kind` text NOT NULL,
	`title` text NOT NULL,
	`detail` text NOT NULL,
	`directory` text,
	`diffs` text NOT NULL,
	`options` text NOT NULL,
	`takes_text` integer NOT NULL,
	`alike` text,
	`shown` text NOT NULL,
	`asked_at` integer NOT NULL,
	`deadline` integer NOT NULL,
	`answered_at` integer,
	`outcome` text,
	`option_id` text,
	`text` text,
	`answered_by` integer,
	`standing` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `approvals_public` ON `approvals` (`public_id`);--> statement-breakpoint
CREATE INDEX `approvals_task` ON `approvals` (`task_id`,`id`);--> statement-breakpoint
CREATE INDEX `approvals_open` ON `approvals` (`id`) WHERE answered_at is null;
