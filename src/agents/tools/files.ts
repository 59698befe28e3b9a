import { z } from "zod";
import type { FileLeases } from "./leases.ts";
import type { Tool } from "./tool.ts";

const path = z.string().trim().min(1).max(1_000);

const claim = z.object({
  paths: z.array(path).min(1).max(50).describe("Files or folders, relative to the project."),
  minutes: z.int().min(1).max(240).default(30).describe("For how long; release them as soon as you are done."),
});

export function claimFiles(leases: FileLeases): Tool<z.infer<typeof claim>> {
  return {
    name: "claim_files",
    description:
      "Claim files before you change them, so that nobody else does at the same time. All of them or none; says who has what is taken.",
    schema: claim,
    readOnly: false,
    run: (args, context) => leases.claim(args, context),
  };
}

const release = z.object({
  paths: z.array(path).max(50).default([]).describe("What to release; everything you claimed when left out."),
});

export function releaseFiles(leases: FileLeases): Tool<z.infer<typeof release>> {
  return {
    name: "release_files",
    description: "Release files that you claimed, when you have done with them.",
    schema: release,
    readOnly: false,
    run: (args, context) => leases.release(args, context),
  };
}
