import { describe, expect, test } from "bun:test";
import type { Attachment } from "../../src/files/file.ts";
import { renderFiles } from "../../views/messages/files.ts";

const file = (more: Partial<Attachment>): Attachment => {
  const { name = "plan.pdf" } = more;
  const plain = {
    id: "0",
    name,
    type: "application/pdf",
    bytes: 1_234_567,
    width: null,
    height: null,
    isInline: false,
  };
  return { ...plain, url: `/files/0/${encodeURIComponent(name)}`, ...more };
};
const picture = (width: number, height: number, name = "a.png") =>
  file({ name, type: "image/png", width, height, isInline: true });

describe("the files of a message", () => {
  test("that has none are nothing", () => expect(renderFiles([])).toBe(""));

  test("are pictures in their place, no larger than it and in their own shape", () => {
    const sizeOf = (width: number, height: number) =>
      /width="(\d+)" height="(\d+)"/
        .exec(renderFiles([picture(width, height)]))
        ?.slice(1)
        .map(Number);
    expect(sizeOf(100, 50)).toEqual([100, 50]);
    expect(sizeOf(4_200, 1_000)).toEqual([420, 100]);
    expect(sizeOf(640, 6_400)).toEqual([32, 320]);
    expect(sizeOf(50_000, 1)).toEqual([420, 1]);
  });

  test("or rows to save, with what they weigh and are; films and sounds open where they can be played", () => {
    expect(renderFiles([file({})])).toContain(' download data-ending="PDF"');
    expect(renderFiles([file({})])).toContain("1.2 MB, PDF");
    expect(renderFiles([file({ bytes: 1, type: "application/octet-stream", name: "x" })])).toContain(">1 byte<");
    expect(renderFiles([file({ bytes: 9_500, type: "image/heic", name: "x.heic" })])).toContain("10 KB, image");
    const film = renderFiles([file({ type: "video/mp4", name: "x.mp4", isInline: true })]);
    expect(film).toContain('target="_blank" rel="noopener" data-ending="MP4"');
    expect(film).not.toContain("<img");
    expect(renderFiles([{ ...picture(9_000, 9_000), isInline: false }])).not.toContain("<img");
  });

  test("say their names where there is room for words only, and never as markup", () => {
    const name = `"><img src=x onerror=alert(1)>'&.svg`;
    const html = renderFiles([picture(10, 10, name), file({ name })]);
    expect(html.match(/<img /g)).toHaveLength(1);
    expect(html).toContain(`data-names="${Bun.escapeHTML(`${name}, ${name}`)}" hx-ignore>`);
    expect(html).not.toContain(name);
  });
});
