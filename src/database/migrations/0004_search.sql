CREATE VIRTUAL TABLE `search_words` USING fts5(`room`, `author`, `has`, `body`, content='', contentless_delete=1, prefix='2 3', tokenize='ascii');--> statement-breakpoint
CREATE TABLE `search_progress` (
	`form` integer PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `search_vocabulary` (
	`id` integer PRIMARY KEY NOT NULL,
	`word` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `search_vocabulary_word` ON `search_vocabulary` (`word`);--> statement-breakpoint
CREATE VIRTUAL TABLE `search_parts` USING fts5(`word`, content='search_vocabulary', content_rowid='id', columnsize=0, tokenize='trigram');
