using KafkaCompatBroker.Coordinators.Groups.Classic;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups;

/// <summary>What a coordinator knows after any events is what another one reads out of its log.</summary>
public class GroupReplayTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Replaying_the_log_gives_the_state_that_wrote_it(int seed)
    {
        var bench = new GroupBench(seed: seed);
        var clients = new RandomClients(bench, new Random(seed));
        var stableRounds = 0;
        for (var round = 0; round < 40; round++)
        {
            clients.Act(steps: 15);
            bench.World.RunUntilIdle();
            var (members, offsets) = clients.Observe();
            bench.MoveToNewCoordinator();
            var (membersAfter, offsetsAfter) = clients.Observe();
            Assert.Equal(offsets, offsetsAfter);
            // A rebalance that was under way is lost with its coordinator; a generation in which somebody has its assignment is not.
            if (members is { Length: > 0 })
            {
                stableRounds++;
                Assert.Equal(members, membersAfter);
            }
        }
        Assert.NotEqual(0, stableRounds);
        Assert.Empty(bench.World.Errors);
    }

    /// <summary>A few clients of one group that do anything at any time, with appends that are sometimes refused.</summary>
    private sealed class RandomClients(GroupBench bench, Random random)
    {
        private readonly Dictionary<int, string> memberIds = [];
        private readonly Dictionary<int, int> generations = [];
        private readonly List<(int Client, Task<JoinReply> Joining)> joins = [];

        public void Act(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                TakeAnswers();
                var client = random.Next(4);
                var step = random.Next(8);
                // Only what clients are told of is refused: a group whose last record as Empty was not written comes back with members
                // whose sessions end.
                bench.Log.AppendError = step is 2 or 3 or 5 && random.Next(5) == 0 ? KafkaError.NotEnoughReplicas : KafkaError.None;
                switch (step)
                {
                    case 0 or 1:
                        Join(client);
                        break;
                    case 2 or 3:
                        _ = bench.Sync(
                            Id(client), Generation(client), Instance(client),
                            [.. memberIds.Values.Distinct().Select(id => (id, $"{id}/{random.Next(100)}"))]);
                        break;
                    case 4:
                        bench.Heartbeat(Id(client), Generation(client), Instance(client));
                        break;
                    case 5:
                        bench.CommitNow(
                            random.Next(1000), Id(client), Generation(client), partition: new TopicPartition("orders", random.Next(3)));
                        break;
                    case 6:
                        if (random.Next(3) == 0)
                            bench.Leave(GroupBench.Leaving(Id(client), Instance(client)));
                        break;
                    default:
                        bench.World.Advance(TimeSpan.FromSeconds(random.Next(4)));
                        break;
                }
                bench.World.RunUntilIdle();
            }
            bench.Log.AppendError = KafkaError.None;
            TakeAnswers();
        }

        /// <summary>The assignment of each member in its generation, null while the group rebalances; and all offsets.</summary>
        public (string? Members, string Offsets) Observe()
        {
            var offsets = string.Join(' ', Enumerable.Range(0, 3).Select(i => bench.Fetch(new TopicPartition("orders", i)).Offset));
            var members = new List<string>();
            foreach (var client in memberIds.Keys.Order())
            {
                var heartbeat = bench.Heartbeat(Id(client), Generation(client), Instance(client));
                if (heartbeat == KafkaError.RebalanceInProgress)
                    return (null, offsets);
                if (heartbeat != KafkaError.None)
                    continue;
                var syncing = bench.Sync(Id(client), Generation(client), Instance(client));
                bench.World.RunUntilIdle();
                if (!syncing.IsCompletedSuccessfully)
                    return (null, offsets);
                var synced = bench.Now(syncing);
                members.Add($"{Id(client)}@{Generation(client)}={synced.Error}:{GroupBench.Text(synced.Assignment)}");
            }
            return (string.Join(' ', members), offsets);
        }

        private void Join(int client)
        {
            var joining = bench.Join(
                memberIds.GetValueOrDefault(client, ""), Instance(client), skips: client == 1, protocols: [("range", $"s{client}")]);
            joins.Add((client, joining));
            bench.World.Advance(TimeSpan.FromMilliseconds(random.Next(10)));
        }

        private void TakeAnswers()
        {
            bench.World.RunUntilIdle();
            foreach (var (client, joining) in joins.Where(join => join.Joining.IsCompleted))
                TakeAnswer(client, bench.Now(joining));
            joins.RemoveAll(join => join.Joining.IsCompleted);
        }

        private void TakeAnswer(int client, JoinReply joined)
        {
            if (joined.Error == KafkaError.None)
            {
                memberIds[client] = joined.MemberId;
                generations[client] = joined.GenerationId;
            }
            else if (joined.Error is KafkaError.UnknownMemberId or KafkaError.FencedInstanceId)
            {
                memberIds.Remove(client);
            }
        }

        private string Id(int client) => memberIds.GetValueOrDefault(client, "nobody");
        private int Generation(int client) => generations.GetValueOrDefault(client, -1);

        // One of the four is a static member.
        private static string? Instance(int client) => client == 1 ? "static" : null;
    }
}
