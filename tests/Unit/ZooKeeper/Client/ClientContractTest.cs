namespace KafkaCompatBroker.Tests.Unit.ZooKeeper.Client;

public sealed class ClientContractTest
{
    public static TheoryData<string> Cases => new(ZooKeeperContract.Names);

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_client_of_a_simulated_ensemble_keeps_the_contract(string name)
    {
        for (var seed = 1; seed <= 3; seed++)
        {
            var ground = new ClientFixture(seed, serverCount: 2) { World = { IsShuffling = true } };
            ground.Run(() => ZooKeeperContract.Run(name, ground));
            Assert.Empty(ground.World.Errors);
        }
    }
}
