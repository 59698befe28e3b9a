/** A line of CSV by RFC 4180, without its end. No cell begins like a formula: spreadsheets would run it. */
export function csvLine(values: readonly unknown[]): string {
  return values.map(cell).join(",");
}

function cell(value: unknown): string {
  const text = String(value ?? "");
  return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}
