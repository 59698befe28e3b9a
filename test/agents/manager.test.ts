import { describe, expect, test } from "bun:test";
import { createAgentManager } from "../../src/agents/manager.ts";
import { openHouse } from "../support/house.ts";

function openManaged() {
  const house = openHouse();
  return { house, manager: createAgentManager(house.roster, house.status, house.tasks, house.presence) };
}

describe("the agent manager, in the terms of the system before", () => {
  test("has exactly the calls that programs know", () => {
    const { house, manager } = openManaged();
    using _ = house;
    expect(Object.keys(manager).sort()).toEqual(
      [
        "syncAgentsWithEmployees",
        "getAgentStatus",
        "isAgentAvailable",
        "getChatStatistics",
        "requestHelpForAgent",
      ].sort(),
    );
  });

  test("syncAgentsWithEmployees: the agents that work here now, by name", async () => {
    const { house, manager } = openManaged();
    using _ = house;
    await house.roster.fire(house.person("mira"), "bob");
    expect(manager.syncAgentsWithEmployees()).toEqual(["alice", "charlie", "diana"]);
  });

  test("getAgentStatus: by name, with or without -bot; undefined for somebody who does not work here", () => {
    const { house, manager } = openManaged();
    using _ = house;
    expect(manager.getAgentStatus("Alice-bot")).toMatchObject({ status: "idle", openTasks: 0 });
    expect(manager.getAgentStatus("nobody")).toBeUndefined();
  });

  test("isAgentAvailable: idle or just done; not while working or stuck, and never who is not here", () => {
    const { house, manager } = openManaged();
    using _ = house;
    const mira = house.person("mira");
    expect(manager.isAgentAvailable("alice")).toBe(true);
    house.work(mira, "alice", "a", { state: "accepted" }, { state: "working" });
    house.work(mira, "bob", "b", { state: "accepted" }, { state: "stuck" });
    house.work(mira, "charlie", "c", { state: "accepted" }, { state: "completed" });
    expect(["alice", "bob", "charlie", "diana", "nobody"].map(manager.isAgentAvailable)).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
  });

  test("getChatStatistics goes through the agents once", () => {
    using house = openHouse();
    let times = 0;
    const all = () => {
      times += 1;
      return house.status.all();
    };
    createAgentManager(house.roster, { ...house.status, all }, house.tasks, house.presence).getChatStatistics();
    expect(times).toBe(1);
  });

  test("getChatStatistics: the six figures", () => {
    const { house, manager } = openManaged();
    using _ = house;
    const mira = house.person("mira");
    expect(manager.getChatStatistics()).toEqual({
      total_agents: 4,
      working_agents: 0,
      stuck_agents: 0,
      idle_agents: 4,
      pending_help_requests: 0,
      chat_connected: false,
    });
    house.presence.arrive(mira);
    house.work(mira, "alice", "a", { state: "accepted" }, { state: "working" });
    const stuck = house.work(mira, "bob", "b", { state: "accepted" }, { state: "stuck" });
    house.work(mira, "charlie", "c", { state: "accepted" }, { state: "completed" });
    house.tasks.requestHelp(stuck, "no paper");
    house.log.flush();
    expect(manager.getChatStatistics()).toEqual({
      total_agents: 4,
      working_agents: 1,
      stuck_agents: 1,
      idle_agents: 2,
      pending_help_requests: 1,
      chat_connected: true,
    });
  });

  test("requestHelpForAgent: asks for the task at hand; without one, or without the agent, it says no", () => {
    const { house, manager } = openManaged();
    using _ = house;
    expect(manager.requestHelpForAgent("alice", "lost")).toBe(false);
    expect(manager.requestHelpForAgent("nobody", "lost")).toBe(false);
    const task = house.work(house.person("mira"), "alice", "fix it", { state: "accepted" });
    expect(manager.requestHelpForAgent("alice", "lost")).toBe(true);
    house.log.flush();
    expect(house.committed.at(-1)).toMatchObject({
      kind: "help.requested",
      data: { agentId: house.agent("alice").id, taskId: task.id, issue: "lost", progress: 0 },
    });
  });
});
