ALTER TABLE `telegram_messages` ADD `edited` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE `telegram_messages` ADD `said` text;
--> statement-breakpoint
ALTER TABLE `telegram_messages` ADD `missing` text DEFAULT '' NOT NULL;
