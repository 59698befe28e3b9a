CREATE TABLE `files` (
	`id` text PRIMARY KEY NOT NULL,
	`owner_id` integer NOT NULL,
	`name` text NOT NULL,
	`type` text NOT NULL,
	`bytes` integer NOT NULL,
	`sha256` text NOT NULL,
	`width` integer,
	`height` integer,
	`created_at` integer NOT NULL,
	`message_id` integer,
	`room_id` integer,
	`place` integer
);
--> statement-breakpoint
CREATE INDEX `files_owner` ON `files` (`owner_id`);--> statement-breakpoint
CREATE INDEX `files_message` ON `files` (`message_id`) WHERE message_id is not null;--> statement-breakpoint
CREATE INDEX `files_left` ON `files` (`created_at`) WHERE message_id is null;
