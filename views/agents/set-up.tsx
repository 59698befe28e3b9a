import type { Program } from "../../src/agents/programs.ts";
import type { AgentSettings } from "../../src/agents/settings.ts";
import { Field, type Typed, typedText } from "../people/fields.tsx";

export interface SetUpProps {
  /** Of what works for the agent; null for the built-in one, which has nothing to be set up. */
  backend: Program["backend"] | null;
  settings: AgentSettings;
  /** The model that is used when none is named. */
  usualModel: string | null;
  /** Folders to suggest; null when no folder of this machine is open to agents. */
  folders: readonly string[] | null;
  typed?: Typed | undefined;
  /** The name of the field that the page's alert is about. */
  field?: string | undefined;
}

/** Where an agent works and with which model. */
export function PlaceFields({ backend, settings, usualModel, folders, typed, field }: SetUpProps) {
  if (backend === null) return null;
  return (
    <>
      {backend !== "openai" && (
        <>
          <Field
            id="directory"
            name="directory"
            label="Directory"
            value={typedText(typed, "directory", settings.directory ?? "")}
            hint={
              folders === null
                ? "It works in a directory of its own. Whoever runs Parley can open others: PARLEY_PROJECTS."
                : `Empty: a directory of its own. Else a project inside ${folders[0] ?? "the operator's folders"}.`
            }
            exact={true}
            readonly={folders === null}
            list="folders"
            placeholder={folders === null ? "its own" : (folders[1] ?? folders[0] ?? "")}
            maxlength={1_000}
            refused={field === "directory"}
            full={true}
          />
          <datalist id="folders">
            {(folders ?? []).map((folder) => (
              <option value={folder} />
            ))}
          </datalist>
        </>
      )}
      <Field
        id="model"
        name="model"
        label="Model"
        value={typedText(typed, "model", settings.model ?? "")}
        hint={usualModel === null ? "Empty: as the program is set up itself." : `Empty: ${usualModel}.`}
        exact={true}
        placeholder={usualModel ?? ""}
        maxlength={100}
        refused={field === "model"}
      />
    </>
  );
}

/** What a person decides about an agent's safety: what it asks, what walls it in, and what it may use up. */
export function SafetyFields({ backend, settings, typed, field }: SetUpProps) {
  if (backend === null) return null;
  return (
    <>
      <Select
        id="approvals"
        label="When it wants to act"
        chosen={typedText(typed, "approvals", settings.approvals)}
        hint="There is no third way: nothing allows everything."
        choices={[
          ["ask", "ask people"],
          ["deny", "refuse, ask nobody"],
        ]}
      />
      {backend !== "openai" && (
        <Select
          id="sandbox"
          label="Sandbox"
          chosen={typedText(typed, "sandbox", settings.sandbox)}
          hint="Without one it reads whatever Parley's user can."
          choices={[
            ["auto", "where this machine has one"],
            ["off", "off"],
          ]}
        />
      )}
      <Field
        id="daily-tokens"
        name="dailyTokens"
        label="Tokens a day"
        value={typedText(typed, "dailyTokens", settings.dailyTokens?.toString() ?? "")}
        hint="Empty: no limit."
        maxlength={13}
        refused={field === "dailyTokens"}
      />
      <Field
        id="daily-usd"
        name="dailyUsd"
        label="Dollars a day"
        value={typedText(typed, "dailyUsd", settings.dailyUsd?.toString() ?? "")}
        hint="Empty: no limit. Counted where the program says what it costs."
        maxlength={12}
        refused={field === "dailyUsd"}
      />
    </>
  );
}

interface SelectProps {
  /** Its id, and the name it is sent under. */
  id: string;
  label: string;
  chosen: string;
  hint?: string;
  choices: readonly (readonly [value: string, words: string])[];
}

export function Select({ id, label, chosen, hint, choices }: SelectProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} name={id} aria-describedby={hint && `${id}-hint`}>
        {choices.map(([value, words]) => (
          <option value={value} selected={value === chosen || undefined}>
            {words}
          </option>
        ))}
      </select>
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}
