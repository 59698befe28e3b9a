import { describe, expect, test } from "bun:test";
import { endpointOf, isNear } from "../../../src/agents/backends/openai-endpoint.ts";
import type { Program } from "../../../src/agents/programs.ts";
import { defaultSettings } from "../../../src/agents/settings.ts";
import { openHouse } from "../../support/house.ts";

describe("an address without encryption", () => {
  test.each([
    "localhost",
    "127.0.0.1",
    "127.9.9.9",
    "::1",
    "[::1]",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.20",
    "169.254.1.1",
    "fd12::1",
    "[fe80::1]",
    "::ffff:192.168.0.1",
    "gpu-box",
    "models.local",
    "models.lan",
    "vllm.internal",
  ])("is spoken to at %s", (host) => {
    expect(isNear(host)).toBe(true);
  });

  test.each([
    "8.8.8.8",
    "172.15.0.1",
    "172.32.0.1",
    "192.169.0.1",
    "11.0.0.1",
    "2001:db8::1",
    "::ffff:8.8.8.8",
    "example.org",
    "localhost.example.org",
    "10.example.org",
    "local.example.org",
    "fd00.example.org",
  ])("is refused at %s", (host) => {
    expect(isNear(host)).toBe(false);
  });

  test("is spoken to anywhere when the operator wrote that down, and with encryption without that", () => {
    using house = openHouse();
    const hired = house.roster.byName("alice");
    if (!hired) throw new Error("alice does not work here");
    const agent = { ...hired, settings: { ...defaultSettings, program: "far" } };
    const far: Program = {
      ...{ name: "far", title: "Far", backend: "openai", command: [], passes: [], environment: {}, hint: "" },
      ...{ endpoint: "http://models.example.org/v1/", keyVariable: null, model: "m" },
    };
    const asked = (more: Partial<Program>) => endpointOf(agent, { byName: () => ({ ...far, ...more }) }, {});
    expect(asked({})).toContain("without encryption");
    expect(asked({ plainHttp: true })).toMatchObject({ address: "http://models.example.org/v1", key: null });
    expect(asked({ endpoint: "https://models.example.org/v1" })).toMatchObject({ model: "m" });
  });
});
