using KafkaCompatBroker.Tests.Unit.ZooKeeper;

namespace KafkaCompatBroker.CompatTests.ZooKeeper;

/// <summary>What the embedded store keeps is what ZooKeeper does, in each version that is served.</summary>
public sealed class RealContractTest(ZooKeepers zooKeepers) : IClassFixture<ZooKeepers>
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var version in ZooKeepers.Versions)
            {
                foreach (var name in ZooKeeperContract.Names)
                    cases.Add(version, name);
            }
            return cases;
        }
    }

    [NeedsTheory(Need.Java, Need.ZooKeepers)]
    [MemberData(nameof(Cases))]
    public async Task The_client_of_a_real_ZooKeeper_keeps_the_contract(string version, string name)
    {
        var server = await zooKeepers.Shared(version);
        await using var ground = new RealGround($"{server.Connect}/contract/{name}");
        await ZooKeeperContract.Run(name, ground);
    }
}
