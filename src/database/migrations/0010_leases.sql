CREATE TABLE `leases` (
	`id` integer PRIMARY KEY NOT NULL,
	`path` text NOT NULL,
	`key` text NOT NULL,
	`holder_id` integer NOT NULL,
	`room_id` integer,
	`task_id` integer,
	`purpose` text NOT NULL,
	`claimed_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `leases_key` ON `leases` (`key`);--> statement-breakpoint
CREATE INDEX `leases_holder` ON `leases` (`holder_id`);--> statement-breakpoint
CREATE INDEX `leases_task` ON `leases` (`task_id`);--> statement-breakpoint
CREATE TABLE `lease_requests` (
	`id` integer PRIMARY KEY NOT NULL,
	`lease_id` integer NOT NULL,
	`holder_id` integer NOT NULL,
	`requester_id` integer NOT NULL,
	`path` text NOT NULL,
	`key` text NOT NULL,
	`room_id` integer,
	`lease_room_id` integer,
	`task_id` integer,
	`reason` text NOT NULL,
	`asked_at` integer NOT NULL,
	`state` text NOT NULL,
	`decided_by` integer,
	`decided_at` integer
);
--> statement-breakpoint
CREATE INDEX `lease_requests_lease` ON `lease_requests` (`lease_id`,`state`);--> statement-breakpoint
CREATE INDEX `lease_requests_state` ON `lease_requests` (`state`,`id`);
