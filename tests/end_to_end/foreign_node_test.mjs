// A client and a worker in JavaScript, written after docs/PROTOCOL.md alone, run a diamond.

import assert from "node:assert/strict";
import {spawn} from "node:child_process";
import {once} from "node:events";
import {mkdtempSync, rmSync} from "node:fs";
import {createRequire} from "node:module";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {test} from "node:test";
import {setTimeout as delay} from "node:timers/promises";

const {Dealer} = createRequire(process.env.TMESH_NODE_DIR + "/package.json")("zeromq");

const BOUND_MS = 30_000;
const HEARTBEAT_MS = 500;
const TEMPLATE = `
name: diamond
namespace_name: node
version: 1.0.0
steps:
  - {name: start, handler: {callable: square}}
  - {name: left, handler: {callable: square}, dependencies: [start]}
  - {name: right, handler: {callable: square}, dependencies: [start]}
  - {name: finish, handler: {callable: square}, dependencies: [left, right]}
`;

function connect(endpoint) {
    const socket = new Dealer({linger: 0, receiveTimeout: BOUND_MS, sendTimeout: BOUND_MS});
    socket.connect(endpoint);
    return socket;
}

// ---- A client: one request at a time --------------------------------------------------------------

let requests = 0;

async function request(socket, command, body = {}, payloads = []) {
    const number = String(++requests);
    await socket.send(["TM1", command, number, JSON.stringify(body), ...payloads]);
    for (;;) { // ends with the bound of the socket
        const [version, status, itsNumber, answer, ...frames] = await socket.receive();
        assert.equal(version.toString(), "TM1");
        if (itsNumber.toString() !== number) continue;
        return {status: Number(status), body: JSON.parse(answer), frames};
    }
}

// ---- A worker: the thirty lines of the protocol's page --------------------------------------------

function squareOfProduct(run, frames) {
    const parents = Object.values(run.dependency_results);
    const numbers = parents.length
        ? parents.map(reference => BigInt(JSON.parse(frames[reference.frame])))
        : [BigInt(JSON.parse(frames[run.context.frame]).number)];
    const product = numbers.reduce((a, b) => a * b, 1n);
    return JSON.stringify(String(product * product));
}

class Worker {
    constructor(endpoint, namespace) {
        this.socket = connect(endpoint);
        this.namespace = namespace;
        this.held = new Map(); // "step run" -> its result, until that is answered
        this.runs = [];
        this.sent = Promise.resolve();
        this.stopping = false;
    }

    // One after the other: the socket takes no second message while it writes.
    send(command, body, payloads = []) {
        const frames = ["TM1", command, "", JSON.stringify(body), ...payloads];
        this.sent = this.sent.then(() => this.socket.send(frames));
        return this.sent;
    }

    async start() {
        const {status, body} = await request(this.socket, "WORKER.HELLO", {
            name: "node", namespaces: [this.namespace], capacity: 2, heartbeat_ms: HEARTBEAT_MS,
            protocol: ["TM1"]});
        assert.equal(status, 200);
        this.session = body.session;
        this.beat = setInterval(() => this.send("WORKER.HEARTBEAT", {session: this.session}),
                                HEARTBEAT_MS);
        this.loop = this.serve();
    }

    async serve() {
        while (!this.stopping) { // ends with `stop`, which has the last message come
            const [, word, , body, ...frames] = await this.socket.receive();
            if (word.toString() === "STEP.RUN") {
                for (const run of JSON.parse(body).runs) await this.take(run, frames);
            } else if (word.toString() === "200") {
                for (const answer of JSON.parse(body).results ?? []) {
                    if (answer.status !== 503) this.held.delete(`${answer.step_uuid} ${answer.run}`);
                }
            }
        }
    }

    async take(run, frames) {
        const key = `${run.step_uuid} ${run.run}`;
        if (this.held.has(key)) return;
        this.held.set(key, true);
        this.runs.push(run);
        await this.send("STEP.RESULT", {session: this.session, results: [{
            step_uuid: run.step_uuid, run: run.run, run_token: run.run_token, success: true,
            result: {frame: 0}, metadata: {execution_time_ms: 0}}]},
                        [squareOfProduct(run, frames)]);
    }

    async stop() {
        clearInterval(this.beat);
        this.stopping = true;
        await this.send("WORKER.BYE", {session: this.session});
        await this.loop;
        this.socket.close();
    }
}

// ---- The test -------------------------------------------------------------------------------------

async function startDaemon(t) {
    const folder = mkdtempSync(join(tmpdir(), "tmesh-node-"));
    const endpoint = `ipc://${folder}/d.sock`;
    const daemon = spawn(join(process.env.TASKMESH_BIN, "taskmeshd"),
                         ["--store", `sqlite:${folder}/d.db`, "--bind", endpoint,
                          "--set", "publish="],
                         {stdio: "ignore"});
    const ended = once(daemon, "exit");
    process.once("exit", () => daemon.kill("SIGKILL"));
    t.after(async () => {
        daemon.kill("SIGTERM");
        const late = setTimeout(() => daemon.kill("SIGKILL"), BOUND_MS);
        const [code] = await ended;
        clearTimeout(late);
        rmSync(folder, {recursive: true, force: true});
        assert.equal(code, 0, "the daemon stops in order");
    });
    return endpoint;
}

test("a diamond, by a client and a worker in JavaScript", {timeout: 2 * BOUND_MS}, async t => {
    const endpoint = await startDaemon(t);
    const client = connect(endpoint);
    t.after(() => client.close());

    const ping = await request(client, "PING");
    assert.deepEqual([ping.status, ping.body.protocol], [200, ["TM1"]]);
    const put = await request(client, "TEMPLATE.PUT", {source: {frame: 0}, file: "d.yaml"},
                              [TEMPLATE]);
    assert.deepEqual([put.status, put.body.steps], [201, 4]);

    const worker = new Worker(endpoint, "node");
    await worker.start();
    const submitted = await request(client, "TASK.SUBMIT", {
        namespace: "node", name: "diamond", context: {frame: 0}, tags: ["from node"]},
                                    [JSON.stringify({number: 6})]);
    assert.deepEqual([submitted.status, submitted.body.step_count], [201, 4]);

    const {status, body: task, frames} = await request(client, "TASK.WAIT", {
        task_uuid: submitted.body.task_uuid, until: "ended", timeout_ms: BOUND_MS / 2,
        include: ["context", "steps"]});
    assert.deepEqual([status, task.status, task.tags], [200, "complete", ["from node"]]);
    assert.equal(frames[task.context.frame].toString(), '{"number":6}');
    assert.deepEqual(
        task.steps.map(step => [step.name, step.current_state, step.worker,
                                JSON.parse(frames[step.results.frame])]),
        [["start", "36"], ["left", "1296"], ["right", "1296"], ["finish", "2821109907456"]]
            .map(([name, result]) => [name, "complete", "node", result]));
    assert.deepEqual(worker.runs.map(run => run.attempt), [1, 1, 1, 1]);

    for (let i = 0; i < 100 && worker.held.size > 0; i++) await delay(20);
    assert.equal(worker.held.size, 0, "each result was answered");

    const missing = await request(client, "TASK.GET", {task_uuid: "not one"});
    assert.deepEqual([missing.status, missing.body.error.code, missing.body.error.where],
                     [400, "not_a_uuid", "/task_uuid"]);
    await worker.stop();
    const {body: {workers}} = await request(client, "WORKER.LIST");
    assert.deepEqual(workers, []);
});
