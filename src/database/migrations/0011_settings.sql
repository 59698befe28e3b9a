ALTER TABLE `agents` ADD `settings` text DEFAULT '{}' NOT NULL;
