import { roleMeanings } from "./words.ts";

/** What each role may do. @param roles only these, when they are said */
export function RoleMeanings({ roles }: { roles?: readonly string[] }) {
  return (
    <dl class="role-meanings">
      {Object.entries(roleMeanings)
        .filter(([role]) => !roles || roles.includes(role))
        .map(([role, meaning]) => (
          <div>
            <dt>{role}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
    </dl>
  );
}
