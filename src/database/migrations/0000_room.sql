CREATE TABLE `agents` (
	`member_id` integer PRIMARY KEY NOT NULL,
	`role` text NOT NULL,
	`expertise` text NOT NULL,
	`backend` text NOT NULL,
	`smartness` text NOT NULL,
	`hired_at` integer NOT NULL,
	`fired_at` integer
);
--> statement-breakpoint
CREATE TABLE `events` (
	`seq` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`kind` text NOT NULL,
	`room_id` integer,
	`actor_id` integer,
	`data` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `events_room` ON `events` (`room_id`,`seq`);--> statement-breakpoint
CREATE TABLE `help_requests` (
	`id` integer PRIMARY KEY NOT NULL,
	`room_id` integer NOT NULL,
	`agent_id` integer NOT NULL,
	`task_id` integer NOT NULL,
	`issue` text NOT NULL,
	`progress` integer NOT NULL,
	`asked_at` integer NOT NULL,
	`answered_at` integer
);
--> statement-breakpoint
CREATE TABLE `members` (
	`id` integer PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`handle` text NOT NULL,
	`name` text NOT NULL,
	`title` text NOT NULL,
	`role` text NOT NULL,
	`created_at` integer NOT NULL,
	`removed_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `members_handle` ON `members` (`kind`,`handle`);--> statement-breakpoint
CREATE TABLE `message_html` (
	`id` integer PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`html` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `messages` (
	`id` integer PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`room_id` integer NOT NULL,
	`author_id` integer NOT NULL,
	`at` integer NOT NULL,
	`text` text NOT NULL,
	`mentions` text NOT NULL,
	`reply_to` integer,
	`thread_id` integer,
	`client_id` text,
	`origin` text NOT NULL,
	`task_id` integer,
	`streaming` integer NOT NULL,
	`edited_at` integer,
	`deleted_at` integer
);
--> statement-breakpoint
CREATE INDEX `messages_room` ON `messages` (`room_id`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `messages_client` ON `messages` (`author_id`,`client_id`) WHERE client_id is not null;--> statement-breakpoint
CREATE INDEX `messages_task` ON `messages` (`task_id`) WHERE task_id is not null;--> statement-breakpoint
CREATE INDEX `messages_streaming` ON `messages` (`id`) WHERE streaming = 1;--> statement-breakpoint
CREATE TABLE `meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `rooms` (
	`id` integer PRIMARY KEY NOT NULL,
	`slug` text NOT NULL,
	`topic` text NOT NULL,
	`visibility` text NOT NULL,
	`created_by` integer,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `rooms_slug` ON `rooms` (`slug`);--> statement-breakpoint
CREATE TABLE `session_seen` (
	`session_id` integer PRIMARY KEY NOT NULL,
	`seen_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` integer PRIMARY KEY NOT NULL,
	`member_id` integer NOT NULL,
	`token_hash` text NOT NULL,
	`method` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`ended_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sessions_token` ON `sessions` (`token_hash`);--> statement-breakpoint
CREATE TABLE `tasks` (
	`id` integer PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`room_id` integer NOT NULL,
	`agent_id` integer NOT NULL,
	`request_id` integer NOT NULL,
	`requester_id` integer NOT NULL,
	`description` text NOT NULL,
	`state` text NOT NULL,
	`progress` integer NOT NULL,
	`note` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`ended_at` integer
);
--> statement-breakpoint
CREATE INDEX `tasks_agent` ON `tasks` (`agent_id`,`id`);--> statement-breakpoint
CREATE INDEX `tasks_room` ON `tasks` (`room_id`,`id`);--> statement-breakpoint
CREATE INDEX `tasks_open` ON `tasks` (`id`) WHERE ended_at is null;