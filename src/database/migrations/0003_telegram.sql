CREATE TABLE `telegram_offsets` (
	`bot_id` integer PRIMARY KEY NOT NULL,
	`next` integer NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `telegram_links` (
	`telegram_id` integer PRIMARY KEY NOT NULL,
	`member_id` integer NOT NULL,
	`name` text NOT NULL,
	`linked_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `telegram_links_member` ON `telegram_links` (`member_id`);--> statement-breakpoint
CREATE TABLE `telegram_places` (
	`id` integer PRIMARY KEY NOT NULL,
	`chat_id` integer NOT NULL,
	`thread_id` integer NOT NULL,
	`room_id` integer NOT NULL,
	`member_id` integer,
	`cursor` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `telegram_places_chat` ON `telegram_places` (`chat_id`,`thread_id`);--> statement-breakpoint
CREATE TABLE `telegram_messages` (
	`chat_id` integer NOT NULL,
	`telegram_id` integer NOT NULL,
	`message_id` integer NOT NULL,
	`part` integer NOT NULL,
	`ours` integer NOT NULL,
	PRIMARY KEY(`chat_id`, `telegram_id`, `message_id`)
);
--> statement-breakpoint
CREATE INDEX `telegram_messages_message` ON `telegram_messages` (`message_id`,`chat_id`);--> statement-breakpoint
CREATE TABLE `telegram_moves` (
	`from_chat` integer PRIMARY KEY NOT NULL,
	`to_chat` integer NOT NULL
);
