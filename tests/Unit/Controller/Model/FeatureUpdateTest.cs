using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Tests.Unit.Controller.Model;

public sealed class FeatureUpdateTest
{
    [Theory]
    [InlineData(2, 1, null, null)]
    [InlineData(2, 1, 1, null)]
    [InlineData(1, 2, 2, null)]
    [InlineData(0, 2, 2, null)]
    [InlineData(0, 3, 2, null)]
    [InlineData(2, 1, 2, "to the same value")]
    [InlineData(2, 2, 2, "Can not downgrade a finalized feature")]
    [InlineData(1, 1, 2, "without setting the downgradeType")]
    [InlineData(2, 2, 1, "can not be greater than existing maxVersionLevel:1")]
    [InlineData(0, 1, 2, "less than 1 without setting the SAFE")]
    [InlineData(0, 2, null, "non-existing finalized feature")]
    public void Levels_go_up_by_themselves_and_down_by_leave(int level, int type, int? finalized, string? reason)
        => Expect(reason, Update(level, type).Refusal((short?)finalized, isSupported: true, isSupportedByAll: true));

    [Fact]
    public void What_one_broker_does_not_support_is_not_finalized()
    {
        Expect("provided feature is not supported", Update(2, 1).Refusal(null, isSupported: false, isSupportedByAll: true));
        Expect("incompatible versions", Update(2, 1).Refusal(null, isSupported: true, isSupportedByAll: false));
        Expect(null, Update(0, 2).Refusal(2, isSupported: true, isSupportedByAll: false));
    }

    private static FeatureUpdate Update(int level, int type)
        => new(TransactionVersionFeature.Name, (short)level, (FeatureUpgradeType)type);

    private static void Expect(string? reason, string? refusal)
    {
        if (reason is null)
            Assert.Null(refusal);
        else
            Assert.Contains(reason, refusal, StringComparison.Ordinal);
    }
}
