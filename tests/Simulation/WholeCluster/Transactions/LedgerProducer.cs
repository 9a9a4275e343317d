using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Transactions;

/// <summary>Writes a few records to some partitions in each transaction.</summary>
internal sealed class LedgerProducer(ClusterContext run, string name, string transactionalId)
    : TransactionalClient(run, name, transactionalId)
{
    private int number;

    protected override async Task<Step> Fill()
    {
        for (var count = Random.Next(1, 5); count > 0; count--)
        {
            var partition = new TopicPartition(Transactions.Ledger.Name, Random.Next(Transactions.Ledger.PartitionCount));
            var values = Enumerable.Range(0, Random.Next(1, 4)).Select(
                _ => Values.Next(Name, number++, Random, Context.Settings.LargestValueLength)).ToList();
            if (await Produce(partition, values) is var step and not Step.Done)
                return step;
        }
        return Step.Done;
    }

    protected override void Ended(bool? isCommitted)
    {
    }
}
