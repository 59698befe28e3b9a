CREATE TABLE `task_steps` (
	`task_id` integer NOT NULL,
	`id` text NOT NULL,
	`number` integer NOT NULL,
	`kind` text NOT NULL,
	`title` text NOT NULL,
	`state` text NOT NULL,
	`input` text NOT NULL,
	`files` text NOT NULL,
	`output` text NOT NULL,
	`diffs` text NOT NULL,
	`started_at` integer NOT NULL,
	`ended_at` integer,
	PRIMARY KEY(`task_id`, `id`)
);
--> statement-breakpoint
CREATE INDEX `task_steps_number` ON `task_steps` (`task_id`,`number`);
--> statement-breakpoint
CREATE TABLE `task_plans` (
	`task_id` integer PRIMARY KEY NOT NULL,
	`entries` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `task_thoughts` (
	`task_id` integer PRIMARY KEY NOT NULL,
	`thought` text NOT NULL
);
