import { describe, expect, test } from "bun:test";
import { PageFrame } from "../../views/frame.tsx";
import { Mode } from "../../views/people/mode.tsx";
import { SignInPage, type SignInWays } from "../../views/sign-in.tsx";
import { fieldOf, formsOf, frame, namesOf, pieces } from "../support/markup.ts";

const closed: SignInWays = { password: false, byName: null, setUp: false };
const ways = (open: Partial<SignInWays>) => <SignInPage {...frame} ways={{ ...closed, ...open }} />;

describe("the door", () => {
  test("in development asks for a name and a role first, and says that no password is needed", () => {
    const page = ways({ byName: "development", password: true });
    const [first, second] = formsOf(page);
    expect(first && namesOf(first)).toEqual(["method", "name", "role"]);
    expect(second && namesOf(second)).toEqual(["method", "name", "password"]);
    expect(pieces(page, "option").map(({ text }) => text)).toContain("Developer");
    expect(String(page)).toContain("Development mode");
    expect(String(page)).toContain("without a password");
  });

  test("elsewhere asks for a password first, and lets guests in behind it", () => {
    const page = ways({ password: true, byName: "guest" });
    const forms = formsOf(page);
    expect(forms.map(namesOf)).toEqual([
      ["method", "name", "password"],
      ["method", "name"],
    ]);
    expect(forms.map((form) => fieldOf(form, "method").attributes.value)).toEqual(["password", "name"]);
    expect(forms.map(({ method, action }) => `${method} ${action}`)).toEqual(["post /sign-in", "post /sign-in"]);
    expect(pieces(page, "details.other-way")).toHaveLength(1);
    expect(String(page)).toContain("Guests may enter");
  });

  test("tells password managers what is what", () => {
    const [form] = formsOf(ways({ password: true }));
    expect(form && fieldOf(form, "name").attributes.autocomplete).toBe("username");
    expect(form && fieldOf(form, "password").attributes).toMatchObject({
      type: "password",
      autocomplete: "current-password",
    });
  });

  test("says how the first owner is made while there is none", () => {
    expect(String(ways({ setUp: true }))).toContain("parley user add NAME --role owner");
    expect(formsOf(ways({ setUp: true }))).toEqual([]);
    expect(String(ways({ password: true }))).not.toContain("no owner");
  });

  test("says that it is closed when it is", () => {
    expect(String(ways({}))).toContain("Sign-in is not open here");
    expect(formsOf(ways({}))).toEqual([]);
  });

  test("marks what was refused where it was typed, and gives the name back there only", () => {
    const both: SignInWays = { password: true, byName: "guest", setUp: false };
    const page = <SignInPage {...frame} ways={both} error="No." refused="name" name="tomas" />;
    const [byPassword, byName] = formsOf(page);
    expect(byPassword && fieldOf(byPassword, "name").attributes).toMatchObject({ value: "" });
    expect(byPassword && fieldOf(byPassword, "name").attributes).not.toHaveProperty("aria-invalid");
    expect(byName && fieldOf(byName, "name").attributes).toMatchObject({
      value: "tomas",
      "aria-invalid": "true",
      "aria-describedby": "error",
    });
    expect(pieces(page, "#error[role=alert]").map(({ text }) => text)).toEqual(["No."]);
    expect(pieces(page, "[autofocus]")).toHaveLength(1);
    expect(pieces(page, "details.other-way[open]")).toHaveLength(1);
  });
});

describe("how the workspace runs", () => {
  test("is said in words, with what it means", () => {
    const page = <Mode development={true} guests={true} safeMode={true} />;
    const names = ["Development mode", "Guests may enter", "Safe mode"];
    expect(pieces(page, "summary").map(({ text }) => text)).toEqual(names);
    expect(pieces(page, "details > p").map(({ text }) => text)).toHaveLength(3);
    expect(pieces(page, "details[open]")).toEqual([]);
    expect(pieces(<Mode open={true} development={true} guests={true} safeMode={true} />, "details[open]")).toHaveLength(
      3,
    );
  });

  test("is said on every page, and in the room on the phone as well, where the bar with the list is away", () => {
    const mode = { development: false, guests: true, safeMode: false };
    const page = (
      <PageFrame {...frame} heading="Members" testId="x" mode={mode}>
        words
      </PageFrame>
    );
    expect(pieces(page, "main > .mode summary").map(({ text }) => text)).toEqual(["Guests may enter"]);
  });

  test("is not said where it runs as usual", () => {
    expect(String(<Mode development={false} guests={false} safeMode={false} />)).not.toContain("<");
  });
});
