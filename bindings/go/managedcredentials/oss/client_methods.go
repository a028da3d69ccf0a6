package oss

import osssdk "github.com/aliyun/aliyun-oss-go-sdk/oss"

// The methods of the SDK's client, each repeated with the next key where its key was refused. A test compares the list with
// the SDK's.

func (client ProxyOssClient) CreateBucket(bucketName string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.CreateBucket(bucketName, options...) })
}

func (client ProxyOssClient) CreateBucketXml(bucketName string, xmlBody string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.CreateBucketXml(bucketName, xmlBody, options...) })
}

func (client ProxyOssClient) ListBuckets(options ...osssdk.Option) (osssdk.ListBucketsResult, error) {
	return again(client.keys, func() (osssdk.ListBucketsResult, error) { return client.Client.ListBuckets(options...) })
}

func (client ProxyOssClient) ListCloudBoxes(options ...osssdk.Option) (osssdk.ListCloudBoxResult, error) {
	return again(client.keys, func() (osssdk.ListCloudBoxResult, error) { return client.Client.ListCloudBoxes(options...) })
}

func (client ProxyOssClient) IsBucketExist(bucketName string) (bool, error) {
	return again(client.keys, func() (bool, error) { return client.Client.IsBucketExist(bucketName) })
}

func (client ProxyOssClient) DeleteBucket(bucketName string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.DeleteBucket(bucketName, options...) })
}

func (client ProxyOssClient) GetBucketLocation(bucketName string, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) { return client.Client.GetBucketLocation(bucketName, options...) })
}

func (client ProxyOssClient) SetBucketACL(bucketName string, bucketACL osssdk.ACLType, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketACL(bucketName, bucketACL, options...) })
}

func (client ProxyOssClient) GetBucketACL(bucketName string, options ...osssdk.Option) (osssdk.GetBucketACLResult, error) {
	return again(client.keys, func() (osssdk.GetBucketACLResult, error) { return client.Client.GetBucketACL(bucketName, options...) })
}

func (client ProxyOssClient) SetBucketLifecycle(bucketName string, rules []osssdk.LifecycleRule, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketLifecycle(bucketName, rules, options...) })
}

func (client ProxyOssClient) SetBucketLifecycleXml(bucketName string, xmlBody string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketLifecycleXml(bucketName, xmlBody, options...) })
}

func (client ProxyOssClient) DeleteBucketLifecycle(bucketName string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.DeleteBucketLifecycle(bucketName, options...) })
}

func (client ProxyOssClient) GetBucketLifecycle(bucketName string, options ...osssdk.Option) (osssdk.GetBucketLifecycleResult, error) {
	return again(client.keys, func() (osssdk.GetBucketLifecycleResult, error) {
		return client.Client.GetBucketLifecycle(bucketName, options...)
	})
}

func (client ProxyOssClient) GetBucketLifecycleXml(bucketName string, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) { return client.Client.GetBucketLifecycleXml(bucketName, options...) })
}

func (client ProxyOssClient) SetBucketReferer(bucketName string, referrers []string, allowEmptyReferer bool, options ...osssdk.Option) error {
	return run(client.keys, func() error {
		return client.Client.SetBucketReferer(bucketName, referrers, allowEmptyReferer, options...)
	})
}

func (client ProxyOssClient) SetBucketRefererV2(bucketName string, setBucketReferer osssdk.RefererXML, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketRefererV2(bucketName, setBucketReferer, options...) })
}

func (client ProxyOssClient) PutBucketRefererXml(bucketName, xmlData string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.PutBucketRefererXml(bucketName, xmlData, options...) })
}

func (client ProxyOssClient) GetBucketReferer(bucketName string, options ...osssdk.Option) (osssdk.GetBucketRefererResult, error) {
	return again(client.keys, func() (osssdk.GetBucketRefererResult, error) {
		return client.Client.GetBucketReferer(bucketName, options...)
	})
}

func (client ProxyOssClient) GetBucketRefererXml(bucketName string, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) { return client.Client.GetBucketRefererXml(bucketName, options...) })
}

func (client ProxyOssClient) SetBucketLogging(bucketName, targetBucket, targetPrefix string, isEnable bool, options ...osssdk.Option) error {
	return run(client.keys, func() error {
		return client.Client.SetBucketLogging(bucketName, targetBucket, targetPrefix, isEnable, options...)
	})
}

func (client ProxyOssClient) DeleteBucketLogging(bucketName string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.DeleteBucketLogging(bucketName, options...) })
}

func (client ProxyOssClient) GetBucketLogging(bucketName string, options ...osssdk.Option) (osssdk.GetBucketLoggingResult, error) {
	return again(client.keys, func() (osssdk.GetBucketLoggingResult, error) {
		return client.Client.GetBucketLogging(bucketName, options...)
	})
}

func (client ProxyOssClient) SetBucketWebsite(bucketName, indexDocument, errorDocument string, options ...osssdk.Option) error {
	return run(client.keys, func() error {
		return client.Client.SetBucketWebsite(bucketName, indexDocument, errorDocument, options...)
	})
}

func (client ProxyOssClient) SetBucketWebsiteDetail(bucketName string, wxml osssdk.WebsiteXML, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketWebsiteDetail(bucketName, wxml, options...) })
}

func (client ProxyOssClient) SetBucketWebsiteXml(bucketName string, webXml string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketWebsiteXml(bucketName, webXml, options...) })
}

func (client ProxyOssClient) DeleteBucketWebsite(bucketName string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.DeleteBucketWebsite(bucketName, options...) })
}

func (client ProxyOssClient) OpenMetaQuery(bucketName string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.OpenMetaQuery(bucketName, options...) })
}

func (client ProxyOssClient) GetMetaQueryStatus(bucketName string, options ...osssdk.Option) (osssdk.GetMetaQueryStatusResult, error) {
	return again(client.keys, func() (osssdk.GetMetaQueryStatusResult, error) {
		return client.Client.GetMetaQueryStatus(bucketName, options...)
	})
}

func (client ProxyOssClient) DoMetaQuery(bucketName string, metaQuery osssdk.MetaQuery, options ...osssdk.Option) (osssdk.DoMetaQueryResult, error) {
	return again(client.keys, func() (osssdk.DoMetaQueryResult, error) {
		return client.Client.DoMetaQuery(bucketName, metaQuery, options...)
	})
}

func (client ProxyOssClient) DoMetaQueryXml(bucketName string, metaQueryXml string, options ...osssdk.Option) (osssdk.DoMetaQueryResult, error) {
	return again(client.keys, func() (osssdk.DoMetaQueryResult, error) {
		return client.Client.DoMetaQueryXml(bucketName, metaQueryXml, options...)
	})
}

func (client ProxyOssClient) CloseMetaQuery(bucketName string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.CloseMetaQuery(bucketName, options...) })
}

func (client ProxyOssClient) GetBucketWebsite(bucketName string, options ...osssdk.Option) (osssdk.GetBucketWebsiteResult, error) {
	return again(client.keys, func() (osssdk.GetBucketWebsiteResult, error) {
		return client.Client.GetBucketWebsite(bucketName, options...)
	})
}

func (client ProxyOssClient) GetBucketWebsiteXml(bucketName string, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) { return client.Client.GetBucketWebsiteXml(bucketName, options...) })
}

func (client ProxyOssClient) SetBucketCORS(bucketName string, corsRules []osssdk.CORSRule, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketCORS(bucketName, corsRules, options...) })
}

func (client ProxyOssClient) SetBucketCORSV2(bucketName string, putBucketCORS osssdk.PutBucketCORS, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketCORSV2(bucketName, putBucketCORS, options...) })
}

func (client ProxyOssClient) SetBucketCORSXml(bucketName string, xmlBody string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketCORSXml(bucketName, xmlBody, options...) })
}

func (client ProxyOssClient) DeleteBucketCORS(bucketName string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.DeleteBucketCORS(bucketName, options...) })
}

func (client ProxyOssClient) GetBucketCORS(bucketName string, options ...osssdk.Option) (osssdk.GetBucketCORSResult, error) {
	return again(client.keys, func() (osssdk.GetBucketCORSResult, error) { return client.Client.GetBucketCORS(bucketName, options...) })
}

func (client ProxyOssClient) GetBucketCORSXml(bucketName string, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) { return client.Client.GetBucketCORSXml(bucketName, options...) })
}

func (client ProxyOssClient) GetBucketInfo(bucketName string, options ...osssdk.Option) (osssdk.GetBucketInfoResult, error) {
	return again(client.keys, func() (osssdk.GetBucketInfoResult, error) { return client.Client.GetBucketInfo(bucketName, options...) })
}

func (client ProxyOssClient) SetBucketVersioning(bucketName string, versioningConfig osssdk.VersioningConfig, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketVersioning(bucketName, versioningConfig, options...) })
}

func (client ProxyOssClient) GetBucketVersioning(bucketName string, options ...osssdk.Option) (osssdk.GetBucketVersioningResult, error) {
	return again(client.keys, func() (osssdk.GetBucketVersioningResult, error) {
		return client.Client.GetBucketVersioning(bucketName, options...)
	})
}

func (client ProxyOssClient) SetBucketEncryption(bucketName string, encryptionRule osssdk.ServerEncryptionRule, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketEncryption(bucketName, encryptionRule, options...) })
}

func (client ProxyOssClient) GetBucketEncryption(bucketName string, options ...osssdk.Option) (osssdk.GetBucketEncryptionResult, error) {
	return again(client.keys, func() (osssdk.GetBucketEncryptionResult, error) {
		return client.Client.GetBucketEncryption(bucketName, options...)
	})
}

func (client ProxyOssClient) DeleteBucketEncryption(bucketName string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.DeleteBucketEncryption(bucketName, options...) })
}

func (client ProxyOssClient) SetBucketTagging(bucketName string, tagging osssdk.Tagging, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketTagging(bucketName, tagging, options...) })
}

func (client ProxyOssClient) GetBucketTagging(bucketName string, options ...osssdk.Option) (osssdk.GetBucketTaggingResult, error) {
	return again(client.keys, func() (osssdk.GetBucketTaggingResult, error) {
		return client.Client.GetBucketTagging(bucketName, options...)
	})
}

func (client ProxyOssClient) DeleteBucketTagging(bucketName string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.DeleteBucketTagging(bucketName, options...) })
}

func (client ProxyOssClient) GetBucketStat(bucketName string, options ...osssdk.Option) (osssdk.GetBucketStatResult, error) {
	return again(client.keys, func() (osssdk.GetBucketStatResult, error) { return client.Client.GetBucketStat(bucketName, options...) })
}

func (client ProxyOssClient) GetBucketPolicy(bucketName string, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) { return client.Client.GetBucketPolicy(bucketName, options...) })
}

func (client ProxyOssClient) SetBucketPolicy(bucketName string, policy string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketPolicy(bucketName, policy, options...) })
}

func (client ProxyOssClient) DeleteBucketPolicy(bucketName string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.DeleteBucketPolicy(bucketName, options...) })
}

func (client ProxyOssClient) SetBucketRequestPayment(bucketName string, paymentConfig osssdk.RequestPaymentConfiguration, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketRequestPayment(bucketName, paymentConfig, options...) })
}

func (client ProxyOssClient) GetBucketRequestPayment(bucketName string, options ...osssdk.Option) (osssdk.RequestPaymentConfiguration, error) {
	return again(client.keys, func() (osssdk.RequestPaymentConfiguration, error) {
		return client.Client.GetBucketRequestPayment(bucketName, options...)
	})
}

func (client ProxyOssClient) GetUserQoSInfo(options ...osssdk.Option) (osssdk.UserQoSConfiguration, error) {
	return again(client.keys, func() (osssdk.UserQoSConfiguration, error) { return client.Client.GetUserQoSInfo(options...) })
}

func (client ProxyOssClient) SetBucketQoSInfo(bucketName string, qosConf osssdk.BucketQoSConfiguration, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketQoSInfo(bucketName, qosConf, options...) })
}

func (client ProxyOssClient) GetBucketQosInfo(bucketName string, options ...osssdk.Option) (osssdk.BucketQoSConfiguration, error) {
	return again(client.keys, func() (osssdk.BucketQoSConfiguration, error) {
		return client.Client.GetBucketQosInfo(bucketName, options...)
	})
}

func (client ProxyOssClient) DeleteBucketQosInfo(bucketName string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.DeleteBucketQosInfo(bucketName, options...) })
}

func (client ProxyOssClient) SetBucketInventory(bucketName string, inventoryConfig osssdk.InventoryConfiguration, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketInventory(bucketName, inventoryConfig, options...) })
}

func (client ProxyOssClient) SetBucketInventoryXml(bucketName string, xmlBody string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketInventoryXml(bucketName, xmlBody, options...) })
}

func (client ProxyOssClient) GetBucketInventory(bucketName string, strInventoryId string, options ...osssdk.Option) (osssdk.InventoryConfiguration, error) {
	return again(client.keys, func() (osssdk.InventoryConfiguration, error) {
		return client.Client.GetBucketInventory(bucketName, strInventoryId, options...)
	})
}

func (client ProxyOssClient) GetBucketInventoryXml(bucketName string, strInventoryId string, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) {
		return client.Client.GetBucketInventoryXml(bucketName, strInventoryId, options...)
	})
}

func (client ProxyOssClient) ListBucketInventory(bucketName, continuationToken string, options ...osssdk.Option) (osssdk.ListInventoryConfigurationsResult, error) {
	return again(client.keys, func() (osssdk.ListInventoryConfigurationsResult, error) {
		return client.Client.ListBucketInventory(bucketName, continuationToken, options...)
	})
}

func (client ProxyOssClient) ListBucketInventoryXml(bucketName, continuationToken string, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) {
		return client.Client.ListBucketInventoryXml(bucketName, continuationToken, options...)
	})
}

func (client ProxyOssClient) DeleteBucketInventory(bucketName, strInventoryId string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.DeleteBucketInventory(bucketName, strInventoryId, options...) })
}

func (client ProxyOssClient) SetBucketAsyncTask(bucketName string, asynConf osssdk.AsyncFetchTaskConfiguration, options ...osssdk.Option) (osssdk.AsyncFetchTaskResult, error) {
	return again(client.keys, func() (osssdk.AsyncFetchTaskResult, error) {
		return client.Client.SetBucketAsyncTask(bucketName, asynConf, options...)
	})
}

func (client ProxyOssClient) GetBucketAsyncTask(bucketName string, taskID string, options ...osssdk.Option) (osssdk.AsynFetchTaskInfo, error) {
	return again(client.keys, func() (osssdk.AsynFetchTaskInfo, error) {
		return client.Client.GetBucketAsyncTask(bucketName, taskID, options...)
	})
}

func (client ProxyOssClient) InitiateBucketWorm(bucketName string, retentionDays int, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) { return client.Client.InitiateBucketWorm(bucketName, retentionDays, options...) })
}

func (client ProxyOssClient) AbortBucketWorm(bucketName string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.AbortBucketWorm(bucketName, options...) })
}

func (client ProxyOssClient) CompleteBucketWorm(bucketName string, wormID string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.CompleteBucketWorm(bucketName, wormID, options...) })
}

func (client ProxyOssClient) ExtendBucketWorm(bucketName string, retentionDays int, wormID string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.ExtendBucketWorm(bucketName, retentionDays, wormID, options...) })
}

func (client ProxyOssClient) GetBucketWorm(bucketName string, options ...osssdk.Option) (osssdk.WormConfiguration, error) {
	return again(client.keys, func() (osssdk.WormConfiguration, error) { return client.Client.GetBucketWorm(bucketName, options...) })
}

func (client ProxyOssClient) SetBucketTransferAcc(bucketName string, accConf osssdk.TransferAccConfiguration, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketTransferAcc(bucketName, accConf, options...) })
}

func (client ProxyOssClient) GetBucketTransferAcc(bucketName string, options ...osssdk.Option) (osssdk.TransferAccConfiguration, error) {
	return again(client.keys, func() (osssdk.TransferAccConfiguration, error) {
		return client.Client.GetBucketTransferAcc(bucketName, options...)
	})
}

func (client ProxyOssClient) DeleteBucketTransferAcc(bucketName string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.DeleteBucketTransferAcc(bucketName, options...) })
}

func (client ProxyOssClient) PutBucketReplication(bucketName string, xmlBody string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.PutBucketReplication(bucketName, xmlBody, options...) })
}

func (client ProxyOssClient) PutBucketRTC(bucketName string, rtc osssdk.PutBucketRTC, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.PutBucketRTC(bucketName, rtc, options...) })
}

func (client ProxyOssClient) PutBucketRTCXml(bucketName string, xmlBody string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.PutBucketRTCXml(bucketName, xmlBody, options...) })
}

func (client ProxyOssClient) GetBucketReplication(bucketName string, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) { return client.Client.GetBucketReplication(bucketName, options...) })
}

func (client ProxyOssClient) DeleteBucketReplication(bucketName string, ruleId string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.DeleteBucketReplication(bucketName, ruleId, options...) })
}

func (client ProxyOssClient) GetBucketReplicationLocation(bucketName string, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) { return client.Client.GetBucketReplicationLocation(bucketName, options...) })
}

func (client ProxyOssClient) GetBucketReplicationProgress(bucketName string, ruleId string, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) {
		return client.Client.GetBucketReplicationProgress(bucketName, ruleId, options...)
	})
}

func (client ProxyOssClient) GetBucketAccessMonitor(bucketName string, options ...osssdk.Option) (osssdk.GetBucketAccessMonitorResult, error) {
	return again(client.keys, func() (osssdk.GetBucketAccessMonitorResult, error) {
		return client.Client.GetBucketAccessMonitor(bucketName, options...)
	})
}

func (client ProxyOssClient) GetBucketAccessMonitorXml(bucketName string, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) { return client.Client.GetBucketAccessMonitorXml(bucketName, options...) })
}

func (client ProxyOssClient) PutBucketAccessMonitor(bucketName string, accessMonitor osssdk.PutBucketAccessMonitor, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.PutBucketAccessMonitor(bucketName, accessMonitor, options...) })
}

func (client ProxyOssClient) PutBucketAccessMonitorXml(bucketName string, xmlData string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.PutBucketAccessMonitorXml(bucketName, xmlData, options...) })
}

func (client ProxyOssClient) ListBucketCname(bucketName string, options ...osssdk.Option) (osssdk.ListBucketCnameResult, error) {
	return again(client.keys, func() (osssdk.ListBucketCnameResult, error) {
		return client.Client.ListBucketCname(bucketName, options...)
	})
}

func (client ProxyOssClient) GetBucketCname(bucketName string, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) { return client.Client.GetBucketCname(bucketName, options...) })
}

func (client ProxyOssClient) CreateBucketCnameToken(bucketName string, cname string, options ...osssdk.Option) (osssdk.CreateBucketCnameTokenResult, error) {
	return again(client.keys, func() (osssdk.CreateBucketCnameTokenResult, error) {
		return client.Client.CreateBucketCnameToken(bucketName, cname, options...)
	})
}

func (client ProxyOssClient) GetBucketCnameToken(bucketName string, cname string, options ...osssdk.Option) (osssdk.GetBucketCnameTokenResult, error) {
	return again(client.keys, func() (osssdk.GetBucketCnameTokenResult, error) {
		return client.Client.GetBucketCnameToken(bucketName, cname, options...)
	})
}

func (client ProxyOssClient) PutBucketCnameXml(bucketName string, xmlBody string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.PutBucketCnameXml(bucketName, xmlBody, options...) })
}

func (client ProxyOssClient) PutBucketCname(bucketName string, cname string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.PutBucketCname(bucketName, cname, options...) })
}

func (client ProxyOssClient) PutBucketCnameWithCertificate(bucketName string, putBucketCname osssdk.PutBucketCname, options ...osssdk.Option) error {
	return run(client.keys, func() error {
		return client.Client.PutBucketCnameWithCertificate(bucketName, putBucketCname, options...)
	})
}

func (client ProxyOssClient) DeleteBucketCname(bucketName string, cname string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.DeleteBucketCname(bucketName, cname, options...) })
}

func (client ProxyOssClient) PutBucketResourceGroup(bucketName string, resourceGroup osssdk.PutBucketResourceGroup, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.PutBucketResourceGroup(bucketName, resourceGroup, options...) })
}

func (client ProxyOssClient) PutBucketResourceGroupXml(bucketName string, xmlData string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.PutBucketResourceGroupXml(bucketName, xmlData, options...) })
}

func (client ProxyOssClient) GetBucketResourceGroup(bucketName string, options ...osssdk.Option) (osssdk.GetBucketResourceGroupResult, error) {
	return again(client.keys, func() (osssdk.GetBucketResourceGroupResult, error) {
		return client.Client.GetBucketResourceGroup(bucketName, options...)
	})
}

func (client ProxyOssClient) GetBucketResourceGroupXml(bucketName string, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) { return client.Client.GetBucketResourceGroupXml(bucketName, options...) })
}

func (client ProxyOssClient) PutBucketStyle(bucketName, styleName string, styleContent string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.PutBucketStyle(bucketName, styleName, styleContent, options...) })
}

func (client ProxyOssClient) PutBucketStyleXml(bucketName, styleName, xmlData string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.PutBucketStyleXml(bucketName, styleName, xmlData, options...) })
}

func (client ProxyOssClient) GetBucketStyle(bucketName, styleName string, options ...osssdk.Option) (osssdk.GetBucketStyleResult, error) {
	return again(client.keys, func() (osssdk.GetBucketStyleResult, error) {
		return client.Client.GetBucketStyle(bucketName, styleName, options...)
	})
}

func (client ProxyOssClient) GetBucketStyleXml(bucketName, styleName string, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) { return client.Client.GetBucketStyleXml(bucketName, styleName, options...) })
}

func (client ProxyOssClient) ListBucketStyle(bucketName string, options ...osssdk.Option) (osssdk.GetBucketListStyleResult, error) {
	return again(client.keys, func() (osssdk.GetBucketListStyleResult, error) {
		return client.Client.ListBucketStyle(bucketName, options...)
	})
}

func (client ProxyOssClient) ListBucketStyleXml(bucketName string, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) { return client.Client.ListBucketStyleXml(bucketName, options...) })
}

func (client ProxyOssClient) DeleteBucketStyle(bucketName, styleName string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.DeleteBucketStyle(bucketName, styleName, options...) })
}

func (client ProxyOssClient) PutBucketResponseHeader(bucketName string, responseHeader osssdk.PutBucketResponseHeader, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.PutBucketResponseHeader(bucketName, responseHeader, options...) })
}

func (client ProxyOssClient) PutBucketResponseHeaderXml(bucketName, xmlData string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.PutBucketResponseHeaderXml(bucketName, xmlData, options...) })
}

func (client ProxyOssClient) GetBucketResponseHeader(bucketName string, options ...osssdk.Option) (osssdk.GetBucketResponseHeaderResult, error) {
	return again(client.keys, func() (osssdk.GetBucketResponseHeaderResult, error) {
		return client.Client.GetBucketResponseHeader(bucketName, options...)
	})
}

func (client ProxyOssClient) GetBucketResponseHeaderXml(bucketName string, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) { return client.Client.GetBucketResponseHeaderXml(bucketName, options...) })
}

func (client ProxyOssClient) DeleteBucketResponseHeader(bucketName string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.DeleteBucketResponseHeader(bucketName, options...) })
}

func (client ProxyOssClient) DescribeRegions(options ...osssdk.Option) (osssdk.DescribeRegionsResult, error) {
	return again(client.keys, func() (osssdk.DescribeRegionsResult, error) { return client.Client.DescribeRegions(options...) })
}

func (client ProxyOssClient) DescribeRegionsXml(options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) { return client.Client.DescribeRegionsXml(options...) })
}
