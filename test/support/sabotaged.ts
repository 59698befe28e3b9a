/**
 * The real server, started as always, with faults built into what it stands on: a text that names one makes it happen. For
 * `test/hostile/throws.test.ts`, so that `src` needs no code for tests.
 */
import { Database, type Statement } from "bun:sqlite";

/** Throws when a text asks for this fault, as a bug in our own code would. */
function fault(name: string, text: unknown): void {
  if (typeof text === "string" && text.includes(`fault:${name}`)) throw new Error(`a forced fault: ${name}`);
}

// In the domain, before anything is written: rendering throws.
const escapeHTML = Bun.escapeHTML;
Bun.escapeHTML = (input) => {
  const text = String(input);
  fault("render", text);
  if (text.includes("fault:rejection")) void Promise.reject(new Error("a forced fault: nobody awaits this"));
  if (text.includes("fault:open")) failNextOpen = true;
  // Outside of every wall there is.
  if (text.includes("fault:timer")) setTimeout(() => fault("timer", text));
  return escapeHTML(input);
};

// In whatever looks up a secret: it cannot be hashed.
const { hash } = Bun.CryptoHasher;
Bun.CryptoHasher.hash = ((...args: Parameters<typeof hash>) => {
  fault("hash", args[1]);
  return hash.apply(Bun.CryptoHasher, args);
}) as typeof hash;

// In a password's check.
const verify = Bun.password.verify;
Bun.password.verify = async (password, ...rest) => {
  fault("verify", password);
  return verify.call(Bun.password, password, ...rest);
};

// In a handler of a socket that has no frame to refuse: opening throws once.
let failNextOpen = false;
const randomUUID = crypto.randomUUID.bind(crypto);
crypto.randomUUID = () => {
  const connecting = failNextOpen && /new Connection|at Connection/.test(new Error("where").stack ?? "");
  if (connecting) {
    failNextOpen = false;
    throw new Error("a forced fault: open");
  }
  return randomUUID();
};

// In an apply, after its statement has run: the transaction must take it back.
const prepare = Database.prototype.prepare;
Database.prototype.prepare = function sabotaged(this: Database, ...args: Parameters<typeof prepare>) {
  const statement = prepare.apply(this, args);
  if (!String(args[0]).startsWith("INSERT INTO messages")) return statement;
  const run = statement.run.bind(statement) as (...values: unknown[]) => ReturnType<Statement["run"]>;
  return {
    ...statement,
    run(...values: unknown[]) {
      const result = run(...values);
      for (const value of values) fault("apply", value);
      return result;
    },
  };
} as typeof prepare;

// In a listener of the hub, after the commit: the frame of a message cannot be made.
const stringify = JSON.stringify;
JSON.stringify = ((value: unknown, ...rest: []) => {
  if (typeof value === "object" && value !== null && "sender" in value && "text" in value) fault("encode", value.text);
  return stringify(value, ...rest);
}) as typeof JSON.stringify;

await import("../../src/main.ts");
