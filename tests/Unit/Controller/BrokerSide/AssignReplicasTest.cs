using KafkaCompatBroker.Controller.BrokerSide;

namespace KafkaCompatBroker.Tests.Unit.Controller.BrokerSide;

public class AssignReplicasTest
{
    [Theory]
    [InlineData(5, 10, 3)]
    [InlineData(3, 7, 3)]
    [InlineData(1, 4, 1)]
    [InlineData(6, 6, 2)]
    public void Replicas_are_distinct_and_leaders_even(int brokers, int partitions, int replicationFactor)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var assignment = AssignReplicas.RoundRobin(Brokers(brokers), partitions, replicationFactor, new Random(seed));
            Assert.Equal(Enumerable.Range(0, partitions), assignment.Keys);
            Assert.All(assignment.Values, replicas => Assert.Equal(replicationFactor, replicas.Distinct().Count()));
            var led = assignment.Values.GroupBy(replicas => replicas[0]).Select(group => group.Count()).ToArray();
            Assert.True(led.Max() - led.Min() <= 1 || partitions < brokers);
        }
    }

    [Fact]
    public void Kafkas_own_table_comes_out()
    {
        // Five brokers, ten partitions, start at broker 0 with shift 0: the table in Kafka's documentation of the algorithm.
        int[][] expected = [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 0], [4, 0, 1], [0, 2, 3], [1, 3, 4], [2, 4, 0], [3, 0, 1], [4, 1, 2]];
        var assignment = AssignReplicas.RoundRobin(Brokers(5), 10, 3, new Random(1), 0, new BrokerId(0));
        Assert.Equal(expected, assignment.Values.Select(replicas => replicas.Select(replica => replica.Value).ToArray()));
    }

    [Fact]
    public void Added_partitions_go_on_where_the_round_was()
    {
        var whole = AssignReplicas.RoundRobin(Brokers(4), 8, 1, new Random(1), 0, new BrokerId(2));
        var added = AssignReplicas.RoundRobin(Brokers(4), 3, 1, new Random(1), 5, new BrokerId(2));
        Assert.Equal([5, 6, 7], added.Keys);
        Assert.All(added, entry => Assert.Equal(whole[entry.Key], entry.Value));
    }

    [Fact]
    public void With_racks_the_replicas_of_a_partition_are_on_different_ones()
    {
        var racks = new[] { "a", "a", "b", "b", "c", "c" };
        var brokers = racks.Select((rack, id) => new AssignReplicas.Candidate(new BrokerId(id), rack)).ToArray();
        for (var seed = 0; seed < 20; seed++)
        {
            var assignment = AssignReplicas.RoundRobin(brokers, 12, 3, new Random(seed));
            Assert.All(assignment.Values, replicas => Assert.Equal(3, replicas.Select(replica => racks[replica.Value]).Distinct().Count()));
            var more = AssignReplicas.RoundRobin(brokers, 12, 5, new Random(seed));
            Assert.All(more.Values, replicas => Assert.Equal(5, replicas.Distinct().Count()));
        }
    }

    private static AssignReplicas.Candidate[] Brokers(int count)
        => [.. Enumerable.Range(0, count).Select(id => new AssignReplicas.Candidate(new BrokerId(id), null))];
}
