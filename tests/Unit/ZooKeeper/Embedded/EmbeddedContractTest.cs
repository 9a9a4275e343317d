using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Tests.Unit.ZooKeeper.Embedded;

public sealed class EmbeddedContractTest
{
    public static TheoryData<string> Cases => new(ZooKeeperContract.Names);

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_embedded_store_keeps_the_contract(string name)
    {
        var ground = new Ground();
        ground.World.Await(ground.World.Start(() => ZooKeeperContract.Run(name, ground)));
        Assert.Empty(ground.World.Errors);
    }

    private sealed class Ground : IContractGround
    {
        private readonly StoreFixture store = new();

        public Ground() => Loop = World.Loops.Create("watcher");

        public SimWorld World => store.World;

        public ILoop Loop { get; }

        public async Task<IZooKeeper> OpenSession() => await store.Store.OpenSession();

        public Task EndSession(IZooKeeper session) => ((EmbeddedSession)session).Close();

        public async Task Until(Func<bool> condition)
        {
            while (!condition())
                await World.Pass(TimeSpan.FromMilliseconds(1));
        }
    }
}
