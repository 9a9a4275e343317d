'use strict';
// The driver for kafkajs: produce, verify and member, as the README of the folder above tells.
const { Kafka, CompressionTypes, logLevel } = require('kafkajs');

const BASE_TIMESTAMP_MS = 1600000000000;
const PATTERN = '0123456789abcdef';
const BATCH_RECORDS = 2000;

const [command, brokers, ...rest] = process.argv.slice(2);
const kafka = new Kafka({ clientId: 'kafkajs-driver', brokers: brokers.split(','), logLevel: logLevel.ERROR, logCreator: () => ({ label, log }) => console.error(label, log.message, log.error || '') });

const key = i => (i % 11 === 0 ? null : `key-${i % 1000}`);
// Rising for the most part, not always.
const timestamp = i => BASE_TIMESTAMP_MS + i * 10 - (i % 7) * 25;
const headers = i => (i % 3 === 0 ? { index: [`${i}`, 'again'], origin: 'kafkajs' } : { index: `${i}`, origin: 'kafkajs' });

function value(i) {
  return i % 101 === 0 ? null : `value-${i} ${PATTERN.repeat(8).slice(i % 16, (i % 16) + (i * 7919) % 100)}`;
}

function topicsByCodec(pairs) {
  return pairs.split(',').map(pair => pair.split('='));
}

async function produce(pairs, partitions, from, to) {
  for (const [codec, topic] of topicsByCodec(pairs)) {
    const producer = kafka.producer({ allowAutoTopicCreation: false, createPartitioner: () => ({ message }) => message.partition });
    await producer.connect();
    for (let start = from; start < to; start += BATCH_RECORDS) {
      const messages = [];
      for (let i = start; i < Math.min(to, start + BATCH_RECORDS); i++)
        messages.push({ partition: i % partitions, key: key(i), value: value(i), timestamp: `${timestamp(i)}`, headers: headers(i) });
      await producer.send({ topic, acks: -1, compression: codec === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None, messages });
    }
    await producer.disconnect();
  }
}

function text(record) {
  const one = header => (Array.isArray(header) ? header.map(String).join('+') : String(header));
  const pairs = Object.keys(record.headers).sort().map(name => `${name}=${one(record.headers[name])}`);
  return [record.timestamp, record.key, record.value, ...pairs].map(String).join(' ');
}

// kafkajs has no assign(): the one member of a fresh group has all partitions, and seeks each to its start.
async function verify(pairs, partitions, to) {
  for (const [, topic] of topicsByCodec(pairs)) {
    const consumer = kafka.consumer({ groupId: `${topic}-verify`, sessionTimeout: 6000 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const next = new Array(partitions).fill(0);
    let left = to;
    await new Promise((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error(`${topic}: ${left} records are missing; next offsets are ${next}`)), 60000);
      consumer.on(consumer.events.CRASH, event => reject(event.payload.error));
      consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          for (const got of batch.messages) {
            const offset = next[batch.partition]++;
            const i = offset * partitions + batch.partition;
            const wanted = text({ timestamp: timestamp(i), key: key(i), value: value(i), headers: headers(i) });
            if (got.offset !== String(offset) || text(got) !== wanted) {
              reject(new Error(`${topic}-${batch.partition}, offset ${offset} wanted: got ${got.offset} ${text(got)} instead of ${wanted}`));
              return;
            }
            left--;
          }
          if (left === 0) {
            clearTimeout(deadline);
            resolve();
          }
        },
      }).catch(reject);
      for (let partition = 0; partition < partitions; partition++)
        consumer.seek({ topic, partition, offset: '0' });
    });
    await consumer.disconnect();
  }
  console.log(`verified ${to}`);
}

async function member(topic, groupId) {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, heartbeatInterval: 500, rebalanceTimeout: 10000, retry: { retries: 20 } });
  consumer.on(consumer.events.GROUP_JOIN, event => console.log(`assigned ${(event.payload.memberAssignment[topic] || []).length}`));
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommitInterval: 200,
    eachBatchAutoResolve: true,
    eachBatch: async ({ batch }) => {
      if (batch.messages.length > 0)
        process.stdout.write(batch.messages.map(got => `${batch.partition} ${got.offset}\n`).join(''));
    },
  });
  process.stdin.resume();
  await new Promise(resolve => process.stdin.on('end', resolve));
  await consumer.disconnect();
}

const commands = {
  produce: () => produce(rest[0], +rest[1], +rest[2], +rest[3]),
  verify: () => verify(rest[0], +rest[1], +rest[2]),
  member: () => member(rest[0], rest[1]),
};

commands[command]().then(() => process.exit(0), error => {
  console.error(error);
  process.exit(1);
});
