import type { Attachment } from "../../src/files/file.ts";

const escaped = Bun.escapeHTML;

/** The largest a picture stands in the room, in pixels: two fit a screen, one fits a phone. */
const largest = { width: 420, height: 320 };

/** What people call a type; what is missing here is a file and nothing more. */
const words: Readonly<Record<string, string>> = {
  "application/gzip": "archive",
  "application/pdf": "PDF",
  "application/vnd.rar": "archive",
  "application/x-7z-compressed": "archive",
  "application/zip": "archive",
  "text/plain": "text",
};

/**
 * The files of a message, as a plain string for the same reason as the message: pictures in their place, everything else as a row to
 * save. A picture's place is as large as it will be before it comes, so nothing moves. `data-names` is what stands for the message
 * where there is room for words only.
 */
export function renderFiles(files: readonly Attachment[]): string {
  if (files.length === 0) return "";
  const names = files.map(({ name }) => name).join(", ");
  return `<ul class="files" data-names="${escaped(names)}" hx-ignore>${files.map(item).join("")}</ul>`;
}

function item(file: Attachment): string {
  const { isInline, width, height } = file;
  return isInline && width !== null && height !== null ? picture(file, width, height) : row(file);
}

function picture({ url, name }: Attachment, width: number, height: number): string {
  const scale = Math.min(1, largest.width / width, largest.height / height);
  const [shownWidth, shownHeight] = [width, height].map((pixels) => Math.max(1, Math.round(pixels * scale)));
  return `<li class="picture"><a href="${escaped(url)}" target="_blank" rel="noopener"><img src="${escaped(url)}" width="${shownWidth}" height="${shownHeight}" alt="${escaped(name)}" loading="lazy"></a></li>`;
}

/** Films and sounds open beside the room, where the browser plays them. */
function row({ url, name, type, bytes, isInline }: Attachment): string {
  const how = isInline ? 'target="_blank" rel="noopener"' : "download";
  const kind = words[type] ?? /^(audio|image|video)\//.exec(type)?.[1] ?? "";
  const ending = /\.([A-Za-z0-9]{1,5})$/.exec(name)?.[1]?.toUpperCase() ?? "";
  return `<li class="file"><a href="${escaped(url)}" ${how} data-ending="${ending}"><bdi class="name">${escaped(name)}</bdi> <span class="weight">${sizeOf(bytes)}${kind ? `, ${kind}` : ""}</span></a></li>`;
}

/** "3.4 MB" */
function sizeOf(bytes: number): string {
  if (bytes < 1_000) return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} KB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
