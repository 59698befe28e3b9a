CREATE TABLE `task_runs` (
	`task_id` integer PRIMARY KEY NOT NULL,
	`place` integer NOT NULL,
	`reason` text NOT NULL,
	`hops` integer NOT NULL,
	`scope` text,
	`resumes` integer,
	`resumable` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `agent_sessions` (
	`agent_id` integer NOT NULL,
	`thread_id` integer NOT NULL,
	`session` text NOT NULL,
	PRIMARY KEY(`agent_id`, `thread_id`)
);
--> statement-breakpoint
CREATE INDEX `tasks_request` ON `tasks` (`request_id`);
--> statement-breakpoint
CREATE INDEX `help_requests_task` ON `help_requests` (`task_id`);
