import { describe, expect, test } from "bun:test";
import { DevicePage } from "../../views/people/device.tsx";
import { AcceptInvitationPage, GonePage, NewPasswordPage } from "../../views/people/links.tsx";
import { SetUpPage } from "../../views/people/set-up.tsx";
import { fieldOf, formsOf, formTo, frame, namesOf, pieces } from "../support/markup.ts";

const rules = "At least 8 characters.";
const invitation = { by: "mira", role: "developer", rooms: ["design"], note: "Welcome", expiresAt: 1_800_000_000_000 };

describe("what a link opens", () => {
  test("setting up: a name and a new password, with the rules beside it", () => {
    const page = <SetUpPage {...frame} code="c0de" rules={rules} />;
    const form = formTo(page, "/setup/c0de");
    expect(form.method).toBe("post");
    expect(namesOf(form)).toEqual(["name", "password"]);
    expect(fieldOf(form, "password").attributes).toMatchObject({
      type: "password",
      autocomplete: "new-password",
      "aria-describedby": "password-hint",
    });
    expect(pieces(page, "#password-hint").map(({ text }) => text)).toEqual([rules]);
  });

  test("setting up again: the field that was refused says so, the other does not", () => {
    const form = formTo(
      <SetUpPage {...frame} code="c0de" rules={rules} error="Too short." field="password" name="mira" />,
      "/setup/c0de",
    );
    expect(fieldOf(form, "password").attributes).toMatchObject({
      "aria-invalid": "true",
      "aria-describedby": "error password-hint",
    });
    expect(fieldOf(form, "name").attributes).toMatchObject({ value: "mira" });
    expect(fieldOf(form, "name").attributes).not.toHaveProperty("aria-invalid");
  });

  test("an invitation: by whom, as what, into which rooms, until when", () => {
    const page = <AcceptInvitationPage {...frame} code="c0de" invitation={invitation} rules={rules} />;
    expect(namesOf(formTo(page, "/invitations/c0de"))).toEqual(["name", "password"]);
    const html = String(page);
    for (const words of ["mira", "invites you as developer", "#design", "Welcome", 'data-format="until"'])
      expect(html).toContain(words);
  });

  test("a new password: the name stands by, and is not posted", () => {
    const page = <NewPasswordPage {...frame} code="c0de" memberName="tomas" rules={rules} />;
    const form = formTo(page, "/reset/c0de");
    expect(namesOf(form)).toEqual(["password"]);
    expect(form.fields[0]?.attributes).toMatchObject({ value: "tomas", autocomplete: "username", readonly: "" });
  });

  test("a code goes into the address as one part of it", () => {
    const page = <NewPasswordPage {...frame} code={"../a?b#c"} memberName="tomas" rules={rules} />;
    expect(formsOf(page).map(({ action }) => action)).toEqual(["/reset/..%2Fa%3Fb%23c"]);
  });

  test("nothing any more: its words, and no form", () => {
    const page = <GonePage {...frame} title="This link opens nothing" words="It was used, or never was." />;
    expect(pieces(page, "h1").map(({ text }) => text)).toEqual(["This link opens nothing"]);
    expect(String(page)).toContain("It was used, or never was.");
    expect(formsOf(page)).toEqual([]);
  });
});

describe("a device", () => {
  test("is looked for by its code", () => {
    const form = formTo(<DevicePage {...frame} stage="enter" meName="mira" />, "/auth/device");
    expect(namesOf(form)).toEqual(["decision", "user_code"]);
    expect(fieldOf(form, "decision").attributes.value).toBe("look");
  });

  test("is allowed or denied by whoever sees what it is and what it could do", () => {
    const page = (
      <DevicePage
        {...frame}
        stage="confirm"
        meName="mira"
        code="WDJB-MJHT"
        client="console"
        permissions={["read", "execute"]}
      />
    );
    const form = formTo(page, "/auth/device");
    expect(fieldOf(form, "user_code").attributes).toMatchObject({ type: "hidden", value: "WDJB-MJHT" });
    const decisions = form.fields.filter(({ tag }) => tag === "button").map(({ attributes }) => attributes.value);
    expect(decisions).toEqual(["deny", "allow"]);
    for (const words of ["console", "WDJB-MJHT", "run commands", "mira"]) expect(String(page)).toContain(words);
  });

  test.each(["done", "denied"] as const)("that is %s needs nothing more", (stage) => {
    const page = <DevicePage {...frame} stage={stage} meName="mira" client="console" />;
    expect(formsOf(page)).toEqual([]);
    expect(String(page)).toContain("console");
  });
});
