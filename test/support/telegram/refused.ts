/** What Telegram answers instead of a result: the status, its words, and what helps to mend it. */
export class ApiRefusal extends Error {
  readonly code: number;
  readonly parameters: { retry_after?: number; migrate_to_chat_id?: number } | undefined;

  constructor(code: number, description: string, parameters?: ApiRefusal["parameters"]) {
    super(description);
    this.name = "ApiRefusal";
    this.code = code;
    this.parameters = parameters;
  }

  get body() {
    return {
      ok: false as const,
      error_code: this.code,
      description: this.message,
      ...(this.parameters && { parameters: this.parameters }),
    };
  }
}

export const badRequest = (words: string, parameters?: ApiRefusal["parameters"]) =>
  new ApiRefusal(400, `Bad Request: ${words}`, parameters);
export const forbidden = (words: string) => new ApiRefusal(403, `Forbidden: ${words}`);
export const conflict = (words: string) => new ApiRefusal(409, `Conflict: ${words}`);
export const tooManyRequests = (seconds: number) =>
  new ApiRefusal(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });
