CREATE TABLE `usage` (
	`task_id` integer NOT NULL,
	`day` text NOT NULL,
	`agent_id` integer NOT NULL,
	`requester_id` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`cost_micros` integer,
	PRIMARY KEY(`task_id`, `day`)
);
--> statement-breakpoint
CREATE INDEX `usage_day` ON `usage` (`day`);
